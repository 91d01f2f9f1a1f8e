"""The state of the twin, as its `/state` endpoint returns it and as the CLI and the doctor read it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from local.twin.services.limits import Limits
from local.twin.unavailable_engines import UnavailableEngine


class InvalidStateError(Exception):
    """Values that are not the state of a twin of this version."""


@dataclass(frozen=True)
class FunctionState:
    """The state of one function.

    `failure` describes a failure of its replicas in words that follow the function's name, such as "cannot be started:
    ...". It is None if there is no failure. `desired` and `ready` are numbers of replicas. `queue_length` and
    `in_flight` are numbers of requests.
    """

    name: str
    revision: str = ""
    host: str = ""
    desired: int = 0
    ready: int = 0
    is_panicking: bool = False
    queue_length: int = 0
    in_flight: int = 0
    failure: str | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def is_idle(self) -> bool:
        """True if the function has no replica and no work."""
        return not (self.desired or self.ready or self.queue_length)


@dataclass(frozen=True)
class SourceState:
    """The state of one KafkaSource, with counts since the twin started.

    `topic` has all topics of the source, separated by commas. `lag` is the number of records still to process.
    `not_ready_reason` is set for a source that Knative accepts but never runs. `failure` is the last error of the
    Kafka consumer. It is None again as soon as the consumer has an assignment.
    """

    name: str
    topic: str
    group: str
    sink: str = ""
    not_ready_reason: str | None = None
    failure: str | None = None
    is_assigned: bool = False
    lag: int = 0
    retries: int = 0
    dead_letters: int = 0
    lost: int = 0

    @property
    def is_waiting(self) -> bool:
        """True if the source waits for the assignment of its partitions. A source that never runs does not wait."""
        return not self.is_assigned and self.not_ready_reason is None


@dataclass(frozen=True)
class LimitMethods:
    """The methods by which the twin enforces limits on this machine, as texts for users."""

    memory: str = ""
    cpu: str = ""


@dataclass(frozen=True)
class ScalingEvent:
    """A change of the number of replicas of a function, from `before` to `after`; `time` is in seconds since 1970."""

    function: str
    time: float
    before: int
    after: int
    reason: str


@dataclass(frozen=True)
class TwinState:
    """The complete state of the twin. `urls` has the URLs of functions and of the twin's own servers, by their names.

    `models_folder` is the folder of model weights, or None if the user has set none. `scaling_events` has the latest
    events, oldest first.
    """

    functions: tuple[FunctionState, ...] = ()
    sources: tuple[SourceState, ...] = ()
    limit_methods: LimitMethods = field(default_factory=LimitMethods)
    urls: Mapping[str, str] = field(default_factory=dict)
    unavailable_engines: tuple[UnavailableEngine, ...] = ()
    models_folder: str | None = None
    scaling_events: tuple[ScalingEvent, ...] = ()

    @property
    def function_names(self) -> set[str]:
        return {function.name for function in self.functions}

    def as_dict(self) -> dict[str, Any]:
        """Return the state as JSON-serializable values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> "TwinState":
        """Return the state from its serialized values. Raise InvalidStateError if they have another shape."""
        try:
            return _create_adapter().validate_python(values)
        except ValidationError as error:
            raise InvalidStateError(f"the twin returned an unexpected state: {error}") from error


@cache
def _create_adapter() -> TypeAdapter[TwinState]:
    return TypeAdapter(TwinState)
