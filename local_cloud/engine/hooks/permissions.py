"""Checks the permissions that the engine with AUTH=true doesn't check.

The engine checks the requests of functions. It doesn't check what services do in a role's name
(tasks of a state machine; Lambda's reads of a stream, its logs and its failure messages), nor calls
of functions by S3 and API Gateway. Of some requests it doesn't see all that policies refer to. This
module passes all of these to the engine's own evaluation of policies.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from local_cloud.engine.hooks import permission_rules as rules

logger = logging.getLogger("local_cloud.permissions")

# The file for decisions, each a line of JSON: "principal" (the name of a role or a service),
# "action", "resource", "source" (of a service's call), and whether it is "allowed".
DECISIONS_VARIABLE = "LOCAL_CLOUD_DECISIONS_FILE"

# The role of the current execution of a state machine.
_machine_role: ContextVar[str] = ContextVar("machine_role", default="")
# The value of s3:authType for the current request.
_s3_auth_type: ContextVar[str] = ContextVar("s3_auth_type", default="REST-HEADER")


def are_enforced() -> bool:
    """Whether the engine checks permissions."""
    return os.environ.get("AUTH", "false").lower() == "true"


def note(principal: str, action: str, resource: str, *, allowed: bool, source: str = "") -> bool:
    """Add a decision to the file of decisions, if one is set; return `allowed`."""
    path = os.environ.get(DECISIONS_VARIABLE)
    if path:
        decision = {
            "principal": principal,
            "action": action,
            "resource": resource,
            "source": source,
            "allowed": allowed,
        }
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - one write, at the end
            file.write(json.dumps(decision) + "\n")
    return allowed


def role_may(role_arn: str, action: str, resource: str) -> bool:
    """Whether a role's policies, and its boundary, allow an action of a service in its name."""
    if not are_enforced():
        return True
    from ministack.core import iam_evaluator
    from ministack.services import iam

    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/service",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=resource.split(":")[3],
        service_context={},
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    result = iam_evaluator.evaluate(context, policies, *limits)
    return note(name, action, resource, allowed=result.decision == "Allow")


def service_may_invoke(service: str, function: Mapping[str, Any], source_arn: str) -> bool:
    """Whether a function's policy lets an AWS service call it.

    Args:
        service: such as "s3.amazonaws.com".
        function: the function in the engine.
        source_arn: the ARN of the bucket or route behind the call.
    """
    if not are_enforced():
        return True
    from ministack.core import iam_evaluator, responses

    arn = function["config"]["FunctionArn"]
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=arn,
        region=arn.split(":")[3],
        service_context=rules.source_keys(service, source_arn, responses.get_account_id()),
    )
    result = iam_evaluator.evaluate_resource_policy(
        function.get("policy"), context, service=service
    )
    allowed = result.decision == "Allow"
    return note(service, "lambda:InvokeFunction", arn, allowed=allowed, source=source_arn)


def may_read(mapping: dict[str, Any]) -> bool:
    """Whether the role of a mapping's function may read the mapping's source."""
    if not are_enforced():
        return True
    from ministack.services import lambda_svc

    source = mapping.get("EventSourceArn", "")
    function, _ = lambda_svc._get_func_record_for_qualifier(
        mapping["FunctionName"], mapping.get("Qualifier")
    )
    if function is None:
        return True  # the mapping reads nothing then
    role = function["config"]["Role"]
    for action in rules.READS_OF_A_MAPPING.get(source.split(":")[2], ()):
        if not role_may(role, action, source):
            mapping["LastProcessingResult"] = f"PROBLEM: the role may not {action} {source}"
            return False
    return True


def install() -> None:
    """Close the gaps, if the engine checks permissions."""
    if not are_enforced():
        return
    _count_as_encrypted()
    _see_all_of_dynamodb_requests()
    _see_how_s3_requests_are_signed()
    _see_conditional_writes()
    _check_all_that_s3_needs()
    _note_decisions()
    _check_mails()
    _tell_missing_objects_from_forbidden_ones()
    _check_queues_of_mappings()
    _check_logs()
    _check_destinations()
    _check_state_machines()
    _check_calls_by_services()


def _count_as_encrypted() -> None:
    """Treat http on loopback as https: our buckets and queues refuse other requests."""
    from ministack import app
    from ministack.core import iam_evaluator

    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    pin = app.pin_request_origin

    def pin_as_encrypted(source_ip: str, _is_encrypted: object) -> None:
        pin(source_ip, True)

    app.pin_request_origin = pin_as_encrypted


def _see_all_of_dynamodb_requests() -> None:
    """Provide dynamodb:Attributes for all requests, and dynamodb:ReturnValues."""
    from ministack.core import iam_actions

    context_of = iam_actions.dynamodb_service_context

    def whole_context_of(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            return context
        if isinstance(request, dict):
            if attributes := rules.attributes_named(request):
                context["dynamodb:Attributes"] = attributes
            if "ReturnValues" in request:
                context["dynamodb:ReturnValues"] = request["ReturnValues"]
        return context

    iam_actions.dynamodb_service_context = whole_context_of


def _see_how_s3_requests_are_signed() -> None:
    """Set s3:authType: a header, or a link's query string."""
    from ministack import app
    from ministack.core import iam_evaluator

    pin = app.pin_signed_request

    def pin_with_type(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the engine's
        pin(*arguments, **options)
        signed = iam_evaluator._signed_request.get()
        is_link = signed is not None and signed.presigned
        _s3_auth_type.set("REST-QUERY-STRING" if is_link else "REST-HEADER")

    app.pin_signed_request = pin_with_type


def _see_conditional_writes() -> None:
    """Provide s3:if-none-match and s3:if-match."""
    from ministack.core import iam_actions

    context_of = iam_actions.s3_service_context

    def whole_context_of(
        action: str,
        query: dict[str, Any] | None,
        path: str = "",
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        context: dict[str, Any] = context_of(action, query, path, headers)
        return {**context, **rules.conditions_of_write(action, headers or {})}

    iam_actions.s3_service_context = whole_context_of


def _check_all_that_s3_needs() -> None:
    """Check the further rights that a request to S3 needs."""
    from ministack.core import iam_actions

    checks_of = iam_actions.s3_additional_checks

    def all_checks_of(
        method: str,
        path: str,
        headers: dict[str, str],
        *others: Any,  # noqa: ANN401 - the engine's
    ) -> list[tuple[str, str]]:
        checks: list[tuple[str, str]] = checks_of(method, path, headers, *others)
        return [*checks, *rules.further_s3_checks(method, path, headers)]

    iam_actions.s3_additional_checks = all_checks_of


def _note_decisions() -> None:
    """Note the engine's own decisions, and pass S3's condition key to it."""
    from ministack.core import iam_evaluator
    from ministack.services import sts

    enforce = iam_evaluator.enforce

    def enforce_and_note(
        access_key_id: str,
        action: str,
        service: str,
        *others: Any,  # noqa: ANN401 - the engine's
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - the engine's
        context = dict(service_context or {})
        if service == "s3":
            context["s3:authType"] = _s3_auth_type.get()
        denied = enforce(
            access_key_id,
            action,
            service,
            *others,
            resource_arn=resource_arn,
            service_context=context,
        )
        session = sts._sessions.get(access_key_id)
        if session is not None:
            role = session["Arn"].split("/")[1]
            note(role, action, resource_arn, allowed=denied is None)
        return denied

    iam_evaluator.enforce = enforce_and_note


def _check_mails() -> None:
    """Check SendEmail on the identity and the configuration set; the engine checks it on "*"."""
    from ministack import app
    from ministack.core import responses
    from ministack.services import ses, ses_v2

    enforce_others = app._enforce_ses_v2

    def enforce_ses_v2(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *others: Any,  # noqa: ANN401 - the engine's
    ) -> Any:  # noqa: ANN401 - the engine's
        if (method, path.rstrip("/")) != ("POST", "/v2/email/outbound-emails"):
            return enforce_others(method, path, headers, body, *others)
        request = json.loads(body)
        arn_start = f"arn:aws:ses:{app.extract_region(headers)}:{responses.get_account_id()}"
        sender = rules.bare_address(request.get("FromEmailAddress") or "")
        # The engine keeps those that were registered by either version of SES's API apart.
        identities = {*ses._identities, *ses_v2._identities}
        for action, resource in rules.ses_checks(request, identities, arn_start):
            denied = app._enforce_data_plane(
                "sesv2",
                action,
                headers,
                *others,  # the query string, the request's id
                resource_arn=resource,
                service_context={"ses:FromAddress": sender},
                named_resource=resource,
            )
            if denied:
                return denied
        return None

    app._enforce_ses_v2 = enforce_ses_v2


def _tell_missing_objects_from_forbidden_ones() -> None:
    """Respond with 403 instead of 404 to a caller who may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    from ministack import app

    dispatch = app._dispatch_service_request

    async def dispatch_and_hide(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *others: Any,  # noqa: ANN401 - the engine's
    ) -> Any:  # noqa: ANN401 - the engine's
        answer = await dispatch(method, path, headers, body, *others)
        bucket, _, key = path.lstrip("/").partition("/")
        is_of_s3 = app.detect_service(method, path, headers, others[0]) == "s3"
        if answer[0] != 404 or method not in ("GET", "HEAD") or not is_of_s3 or not key:
            return answer
        denied = app._enforce_data_plane(
            "s3", "s3:ListBucket", headers, others[0], others[1], f"arn:aws:s3:::{bucket}"
        )
        return denied or answer

    app._dispatch_service_request = dispatch_and_hide


def _check_queues_of_mappings() -> None:
    """Receive messages for a function only if its role may. For streams: stream_source.py."""
    from ministack.services import lambda_svc

    all_mappings = lambda_svc._iter_all_esms

    def readable_mappings() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in all_mappings():
            is_queue = mapping.get("EventSourceArn", "").split(":")[2:3] == ["sqs"]
            if not is_queue or _in_scope(account, region, lambda: may_read(mapping)):  # noqa: B023
                yield account, region, mapping

    lambda_svc._iter_all_esms = readable_mappings


def _in_scope(account: str, region: str, ask: Callable[[], bool]) -> bool:
    from ministack.core import responses

    with _set(responses._request_account_id, account), _set(responses._request_region, region):
        return ask()


def _check_logs() -> None:
    """Write a function's logs only if its role may."""
    from ministack.services import lambda_svc

    emit = lambda_svc._emit_lambda_logs

    def emit_if_allowed(function: dict[str, Any], *others: Any, **options: Any) -> None:  # noqa: ANN401
        config = function.get("config") or function
        _, _, _, region, account, *_ = config["FunctionArn"].split(":")
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or (
            f"/aws/lambda/{config['FunctionName']}"
        )
        stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
        actions = ("logs:CreateLogStream", "logs:PutLogEvents")
        if all(role_may(config["Role"], action, stream) for action in actions):
            emit(function, *others, **options)

    lambda_svc._emit_lambda_logs = emit_if_allowed


def _check_destinations() -> None:
    """Send a discarded event to its destination only if the function's role may."""
    from ministack.services import lambda_svc

    route = lambda_svc._route_async_failure
    actions = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}

    def route_if_allowed(target: str, name: str, *others: Any) -> None:  # noqa: ANN401 - the engine's
        role = lambda_svc._functions[name]["config"]["Role"]
        if role_may(role, actions[target.split(":")[2]], target):
            route(target, name, *others)
        else:
            logger.warning("%s may not send to %s: an event is lost", role, target)

    lambda_svc._route_async_failure = route_if_allowed


def _check_state_machines() -> None:
    """Let tasks call functions and send messages only if the state machine's role may."""
    from ministack.core import responses
    from ministack.services import lambda_svc, stepfunctions

    run, call = stepfunctions._run_execution, stepfunctions._call_lambda
    to_sqs = "arn:aws:states:::sqs:sendMessage"
    send = stepfunctions._SERVICE_DISPATCH[to_sqs]

    def run_as_role(execution_arn: str) -> None:
        execution = stepfunctions._executions.get(execution_arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn")) or {}
        with _set(_machine_role, machine.get("roleArn", "")):
            run(execution_arn)

    def demand(action: str, resource: str, error: str) -> None:
        role = _machine_role.get()
        if not role_may(role, action, resource):
            cause = f"User: {role} is not authorized to perform: {action} on resource: {resource}"
            raise stepfunctions._ExecutionError(error, cause)

    def call_if_allowed(reference: str, event: object) -> Any:  # noqa: ANN401 - any answer
        _, config, _ = lambda_svc._get_func_record_for_ref(reference)
        if config:
            demand("lambda:InvokeFunction", config["FunctionArn"], "Lambda.AWSLambdaException")
        return call(reference, event)

    def send_if_allowed(resource: str, request: dict[str, Any]) -> Any:  # noqa: ANN401 - the engine's response
        arn = rules.queue_arn(request.get("QueueUrl", "//"), responses.get_region())
        demand("sqs:SendMessage", arn, "SQS.SqsException")
        return send(resource, request)

    stepfunctions._run_execution = run_as_role
    stepfunctions._call_lambda = call_if_allowed
    stepfunctions._SERVICE_DISPATCH[to_sqs] = send_if_allowed


def _check_calls_by_services() -> None:
    """Let S3 and API Gateway call a function only if its own policy allows it."""
    from ministack.core import responses
    from ministack.services import apigateway, lambda_svc, s3

    deliver, proxy = s3._deliver_event_to_lambda, apigateway._invoke_lambda_proxy

    def deliver_if_allowed(arn: str, event: dict[str, Any], region: str) -> None:
        function, _, _ = lambda_svc._get_func_record_for_ref(arn)
        bucket_arn = event["Records"][0]["s3"]["bucket"]["arn"]
        if function and not service_may_invoke("s3.amazonaws.com", function, bucket_arn):
            logger.warning("S3 may not call %s for %s: an event is lost", arn, bucket_arn)
            return
        deliver(arn, event, region)

    async def proxy_if_allowed(
        integration: dict[str, Any],
        api_id: str,
        stage: str,
        *others: Any,  # noqa: ANN401 - the engine's
        **options: Any,  # noqa: ANN401 - the engine's
    ) -> Any:  # noqa: ANN401 - the engine's
        # path, method, headers, body, query string, then the route's key
        route_key = others[5] if len(others) > 5 else options.get("route_key", "$default")
        account = options.get("owner_account_id") or responses.get_account_id()
        region = options.get("owner_region") or responses.get_region()
        reference = apigateway._extract_lambda_ref_from_integration_uri(
            integration.get("integrationUri", "")
        )
        function, _, _ = lambda_svc._get_func_record_for_ref_in_scope(
            reference, account_id=account, region=region
        )
        api_arn = f"arn:aws:execute-api:{region}:{account}:{api_id}"
        source = rules.route_source(api_arn, stage, route_key)
        if function and not service_may_invoke("apigateway.amazonaws.com", function, source):
            body = b'{"message":"Internal Server Error"}'
            return 500, {"Content-Type": "application/json"}, body
        return await proxy(integration, api_id, stage, *others, **options)

    s3._deliver_event_to_lambda = deliver_if_allowed
    apigateway._invoke_lambda_proxy = proxy_if_allowed


@contextmanager
def _set(variable: ContextVar[str], value: str) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
