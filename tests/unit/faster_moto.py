"""Makes moto's answers cheaper, not different: it repeats work for each request and for each node.

A count of the web API's limits removes twelve attributes: 7.8 ms with moto as it is, 4.4 so.
"""

import pickle
from collections.abc import Generator
from functools import cache
from importlib import import_module
from typing import Any

from moto.core.serialize import AttributePicker, AttributePickerContext

# moto has no types for these, or does not export what is replaced in them.
responses: Any = import_module("moto.core.responses")
validators: Any = import_module("moto.dynamodb.parsing.validators")
Traverser: Any = import_module("moto.dynamodb.parsing.ast_nodes").DepthFirstTraverser
Parser: Any = import_module("moto.dynamodb.parsing.expressions").UpdateExpressionParser

_parse = Parser.make
_kinds = Traverser.nodes_to_be_processed
_possible_keys = AttributePicker.get_possible_keys


@cache
def _parsed(expression: str) -> bytes:
    return pickle.dumps(_parse(expression))


def _tree_of(expression: str) -> Any:  # noqa: ANN401 - moto has no types
    """The tree of an update expression, for its reader to change."""
    return pickle.loads(_parsed(expression))  # noqa: S301 - our own


def _copied(tree: object) -> Any:  # noqa: ANN401 - as deepcopy
    """A copy in an eighth of deepcopy's time."""
    return pickle.loads(pickle.dumps(tree))  # noqa: S301 - our own


def _process_root(self: Any, node: object) -> Any:  # noqa: ANN401 - moto has no types
    """What these look for below a node, they find below the root: they need not visit each node."""
    return self.process(node)


def _kinds_once(self: Any) -> Any:  # noqa: ANN401 - moto has no types
    """The kinds of nodes that a traverser processes: always the same."""
    if "kinds" not in vars(self):
        self.kinds = _kinds(self)
    return self.kinds


@cache
def _keys_in_a_dict(shape: Any, key: str) -> list[str]:  # noqa: ANN401 - of many types
    """The names that a member of an answer may have: objects, unlike dicts, may add their own."""
    return list(_possible_keys(AttributePicker(), AttributePickerContext({}, key, shape)))


def _keys(self: AttributePicker, context: AttributePickerContext) -> Generator[str]:
    if type(context.obj) is dict and type(self) is AttributePicker:
        yield from _keys_in_a_dict(context.shape, context.key)
    else:
        yield from _possible_keys(self, context)


def install() -> None:
    """Do it for this process."""
    Parser.make = _tree_of
    validators.deepcopy = _copied
    validators.ActionCountValidator.traverse = _process_root
    validators.OverlappingPathsValidator.traverse = _process_root
    Traverser.nodes_to_be_processed = _kinds_once
    responses.method_names_from_class = cache(responses.method_names_from_class)
    AttributePicker.get_possible_keys = _keys  # type: ignore[method-assign]
