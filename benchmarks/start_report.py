"""The measurements of cold starts: promises and tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measures import Samples, as_ratio, as_size, as_time, turn_ratio
from benchmarks.report import Section, Table, Verdict
from benchmarks.start_calls import CALLS, Call

INIT_LIMIT = 1.4
# Of an environment that prepares nothing. docs/adr/0038 says where it is not met, and why.
WHOLE_LIMIT = 0.5

FIRST_CALL_FACTOR = 1.5
FIRST_CALL_SECONDS = 0.02

# arm64, eu-central-1, in US dollars: docs/cost-and-limits.md has the source.
GB_SECOND = 0.0000133334
REQUEST = 0.20 / 1e6
MILLION = 1_000_000


@dataclass
class Start:
    """The starts for one call at one memory size.

    Attributes:
        call: The call.
        memory_mb: The memory.
        init: INIT.
        first: The first call.
        warm: A later call in the same environment.
        whole: INIT and first call together.
        unprepared: The same where nothing is prepared.
        connections: The connections that the first call opened.
    """

    call: Call
    memory_mb: int
    init: Samples = field(default_factory=Samples)
    first: Samples = field(default_factory=Samples)
    warm: Samples = field(default_factory=Samples)
    whole: Samples = field(default_factory=Samples)
    unprepared: Samples = field(default_factory=Samples)
    connections: int = 0

    def add(self, init: float, calls: Sequence[float]) -> None:
        """Add an environment's INIT and calls."""
        self.init.seconds.append(init)
        self.first.seconds.append(calls[0])
        self.warm.seconds.append(calls[-1])
        self.whole.seconds.append(init + calls[0])


@dataclass
class Starts:
    """All measurements.

    Attributes:
        own: At each function's own memory size.
        bare: Importing boto3 and making the clients, by function.
        handshakes: A first connection, with its certificates loaded before, by memory size.
        loading: The same, with loading them.
        sizes: At other memory sizes.
    """

    own: list[Start]
    bare: dict[str, Samples] = field(default_factory=dict)
    handshakes: dict[int, Samples] = field(default_factory=dict)
    loading: dict[int, Samples] = field(default_factory=dict)
    sizes: list[Start] = field(default_factory=list)

    def first_call_limit(self, start: Start) -> float | None:
        """The longest that a first call may take; None where something wasn't measured."""
        handshake = self.handshakes.get(start.memory_mb, Samples()).median
        if start.warm.median is None or handshake is None:
            return None
        return (
            FIRST_CALL_FACTOR * start.warm.median
            + FIRST_CALL_SECONDS
            + start.connections * handshake
        )

    def by_function(self) -> Iterator[Start]:
        """One start of each function."""
        seen: set[str] = set()
        for start in self.own:
            if start.call.function not in seen:
                seen.add(start.call.function)
                yield start


def judge(section: Section, starts: Starts) -> None:
    """Hold the measurements against what is promised."""
    for start in starts.own:
        limit = starts.first_call_limit(start)
        first = start.first.median
        section.verdicts.append(
            Verdict(
                f"cold start, {start.call.name}: first call against {FIRST_CALL_FACTOR} x"
                f" call {CALLS}, {FIRST_CALL_SECONDS * 1000:.0f} ms and the handshakes",
                None if limit is None or first is None else first / limit,
                1,
            )
        )
    for start in starts.by_function():
        function = start.call.function
        promise = f"cold start, {function}: INIT against boto3 and the same clients"
        value = turn_ratio(start.init, starts.bare.get(function))
        section.verdicts.append(Verdict(promise, value, INIT_LIMIT))
    for start in starts.own:
        promise = f"cold start, {start.call.name}: INIT and first call against nothing prepared"
        value = turn_ratio(start.whole, start.unprepared)
        section.verdicts.append(Verdict(promise, value, WHOLE_LIMIT))


def start_tables(starts: Starts, zip_sizes: Mapping[str, int]) -> list[Table]:
    """What was measured."""
    return [
        _init_table(starts, zip_sizes),
        _first_calls_table(starts),
        _tls_table(starts),
        _prices_table(starts),
    ]


def _init_table(starts: Starts, zip_sizes: Mapping[str, int]) -> Table:
    rows = []
    for start in starts.by_function():
        bare = starts.bare.get(start.call.function)
        rows.append(
            (
                start.call.function,
                as_time(start.init.median),
                as_time(None if bare is None else bare.median),
                as_ratio(turn_ratio(start.init, bare)),
                as_size(start.init.peak_bytes),
                as_size(zip_sizes[start.call.function]),
            )
        )
    return Table(
        "INIT: from the import of the handler to its return",
        ("function", "INIT", "bare boto3", "ratio", "peak after calls", "zip"),
        rows,
        (
            "Each from its own unpacked zip, in a fresh interpreter with Lambda's environment"
            " variables and a whole CPU, files in the page cache; the time of an empty interpreter"
            " is not in it. Bare boto3 imports boto3 and makes the clients that the function makes,"
            " as anybody has them: the locked versions from PyPI, all of botocore's data, bytecode."
            " INIT also loads the certificates, and in create_thumbnail Pillow."
        ),
    )


def _first_calls_table(starts: Starts) -> Table:
    rows = [
        (
            start.call.name,
            f"{start.memory_mb:,} MB",
            as_time(start.first.median),
            as_time(start.warm.median),
            str(start.connections),
            as_time(start.whole.median),
            as_time(start.unprepared.median),
            as_ratio(turn_ratio(start.whole, start.unprepared)),
        )
        for start in starts.own
    ]
    return Table(
        "First calls, at each function's own memory size",
        (
            "call",
            "memory",
            "first",
            f"call {CALLS}",
            "connections",
            "INIT and first",
            "nothing prepared",
            "ratio",
        ),
        rows,
        (
            "A call has the share of a CPU that Lambda gives that memory, by a quota in periods of"
            " 20 ms, and meets a server on this machine over TLS that responds at once. Nothing"
            " prepared: as all functions were until November 2026, but with today's imports. The"
            " first call makes what it needs, from the declared services' whole data of botocore."
        ),
    )


def _tls_table(starts: Starts) -> Table:
    rows = [
        (
            f"{memory_mb:,} MB",
            as_time(samples.median),
            as_time(starts.loading[memory_mb].median),
        )
        for memory_mb, samples in sorted(starts.handshakes.items())
    ]
    return Table(
        "A first connection over TLS",
        ("memory", "certificates loaded before", "with loading them"),
        rows,
        "By Python's ssl alone, with botocore's bundle of certificates.",
    )


def _prices_table(starts: Starts) -> Table:
    measured = sorted(
        [*starts.sizes, *(start for start in starts.own if start.call.is_typical)],
        key=lambda start: (start.call.name, start.memory_mb),
    )
    rows = [
        (
            start.call.name,
            f"{start.memory_mb:,} MB",
            as_time(start.whole.median),
            _price(start.memory_mb, start.whole.median),
            as_time(start.warm.median),
            _price(start.memory_mb, start.warm.median),
        )
        for start in measured
    ]
    waiting = ", ".join(
        f"{memory_mb:,} MB {MILLION * _gb_seconds(memory_mb, 0.01) * GB_SECOND:.3f}"
        for memory_mb in sorted({start.memory_mb for start in measured})
    )
    return Table(
        "Time and price by memory size",
        ("call", "memory", "INIT and first", "price", "later", "price"),
        rows,
        (
            "In US dollars for a million calls, each in an environment of its own or in a warm one:"
            f" {GB_SECOND:.10f} a GB-second and {REQUEST * MILLION:.2f} a million requests (arm64,"
            " eu-central-1). AWS responds at once here; 10 ms of waiting for it cost, in dollars a"
            f" million calls: {waiting}."
        ),
    )


def _price(memory_mb: int, seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{MILLION * (_gb_seconds(memory_mb, seconds) * GB_SECOND + REQUEST):.2f}"


def _gb_seconds(memory_mb: int, seconds: float) -> float:
    return memory_mb / 1024 * seconds
