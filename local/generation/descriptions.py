"""Models of functions/<function>/function.yaml and functions/<engine>/engine.yaml."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from events.topics import OUTCOMES, get_pages_topic
from local.manifests.quantity import parse_quantity
from local.manifests.schedule import validate_schedule
from local.manifests.serving import MAX_TIMEOUT_S

#: Assumed seconds until the first replica is ready, on a node that has the image. With weights, this includes the time
#: to load the model.
COLD_START_S, COLD_START_WITH_WEIGHTS_S = 30, 180
#: An engine's name is a part of topic names, so it has neither a hyphen nor an underscore.
_ENGINE_NAME = r"^[a-z][a-z0-9]*$"


class DescriptionError(Exception):
    """A function.yaml or engine.yaml that is not valid. The error text has one line per problem."""


def _validate_quantity(text: str) -> str:
    parse_quantity(text)
    return text


Quantity = Annotated[str, AfterValidator(_validate_quantity)]


class _StrictModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TopicDescription(_StrictModel):
    """A topic of one function. Its KafkaTopic is generated in the same file as the Service."""

    name: str
    partitions: int = Field(ge=1)
    retention_days: int = Field(7, ge=1)
    comment: str

    @property
    def retention_ms(self) -> int:
        """The retention as Kafka's `retention.ms`."""
        return self.retention_days * 24 * 60 * 60 * 1000


class SourceDescription(_StrictModel):
    """A KafkaSource that delivers one topic to the function: one consumer per partition, in the order of offsets."""

    topic: str
    partitions: int = Field(ge=1)
    #: The end of the source's name, after the function's name: `-bulk` for the source of long documents.
    suffix: str = ""
    retries: int = Field(6, ge=1)
    backoff_seconds: int = Field(2, ge=1)

    @property
    def total_backoff_seconds(self) -> int:
        """The sum of the pauses before retries, in seconds. In Knative, pause n (from 1) takes backoffDelay x 2^n."""
        return sum(self.backoff_seconds * 2**attempt for attempt in range(1, self.retries + 1))


class _CommonDescription(_StrictModel):
    """Fields that functions and engines share."""

    folder: str
    description: str
    replicas: int = Field(ge=1, description="max-scale; the minimum is zero for all functions")
    concurrency: int = Field(ge=1, description="requests that a replica handles in parallel; an engine's batch size")
    deadline_seconds: int = Field(ge=1, description="a process ends if one of its requests takes longer")
    cpu: Quantity
    memory: Quantity
    memory_limit: Quantity

    @property
    def name(self) -> str:
        """The name of the Service, the image and the ServiceAccount."""
        return self.folder.replace("_", "-")

    @property
    def user(self) -> str:
        """The name of the KafkaUser."""
        return f"pagebus-{self.name}"


class FunctionDescription(_CommonDescription):
    """A function other than an engine, as its function.yaml describes it."""

    timeout_seconds: int = Field(ge=1, le=MAX_TIMEOUT_S)
    tmp: Quantity = Field("64Mi", description="size limit of /tmp; 64Mi is enough for the HTTP server alone")
    public: bool = Field(default=False, description="whether the function is exposed outside the cluster")
    source: SourceDescription | None = None
    schedule: Annotated[str, AfterValidator(validate_schedule)] | None = None
    topic: TopicDescription | None = None
    publishes_to: list[str] = Field(default=[], description="topics other than those of engines")
    requests_pages: bool = Field(default=False, description="whether it publishes to the topics of all engines")

    is_engine: ClassVar = False
    weights: ClassVar = False
    gpu: ClassVar = False

    @property
    def sources(self) -> Sequence[SourceDescription]:
        return [self.source] if self.source else []

    @property
    def topics(self) -> Sequence[TopicDescription]:
        return [self.topic] if self.topic else []

    @property
    def delivery_timeout_minutes(self) -> int:
        """The timeout of each delivery by the source: the Service's timeout, rounded up to minutes."""
        return ceil(self.timeout_seconds / 60)


class EngineDescription(_CommonDescription):
    """An engine, as its engine.yaml describes it. The properties compute the values in manifests that it leaves out."""

    folder: str = Field(pattern=_ENGINE_NAME)
    route: int | None = Field(None, ge=1, description="unique position in the default route; None: only on request")
    weights: bool = Field(default=False, description="whether the engine loads model weights from /models/<engine>")
    gpu: bool = Field(default=False, description="whether the component `gpu` assigns a GPU")
    partitions: int = Field(ge=1, description="pages in flight from short documents")
    bulk_partitions: int = Field(ge=1, description="pages in flight from long documents")
    timeout_override: int | None = Field(
        None, ge=1, le=MAX_TIMEOUT_S, alias="timeout_seconds", description="None: computed from other fields"
    )

    is_engine: ClassVar = True
    public: ClassVar = False
    schedule: ClassVar = None
    requests_pages: ClassVar = True

    @model_validator(mode="after")
    def _validate_timeout(self) -> "EngineDescription":
        if self.timeout_seconds > MAX_TIMEOUT_S:
            raise ValueError(
                f"needs a timeout of {self.timeout_seconds} s, and Knative allows {MAX_TIMEOUT_S} s; "
                "lower deadline_seconds or partitions, or raise replicas or concurrency"
            )
        return self

    @property
    def cold_start_seconds(self) -> int:
        """Seconds until the first replica is ready."""
        return COLD_START_WITH_WEIGHTS_S if self.weights else COLD_START_S

    @property
    def timeout_seconds(self) -> int:
        """The Service's timeout in seconds: that of engine.yaml, or a computed timeout.

        The computed timeout covers a cold start, all requests that can be earlier in the queue, and the request itself.
        """
        turns = ceil((self.partitions + self.bulk_partitions) / (self.replicas * self.concurrency))
        return self.timeout_override or self.cold_start_seconds + turns * self.deadline_seconds

    @property
    def delivery_timeout_minutes(self) -> int:
        """The timeout of each delivery by a source: the next full minute after the Service's timeout.

        The Service then times out before its source. Both timeouts are equal if the Service has the maximum timeout.
        """
        return min(self.timeout_seconds // 60 + 1, MAX_TIMEOUT_S // 60)

    @property
    def tmp(self) -> str:
        """The size limit of /tmp: 1 GiB per open document, 1 GiB of cached documents and 1 GiB of reserve."""
        return f"{self.concurrency + 2}Gi"

    @property
    def sources(self) -> Sequence[SourceDescription]:
        """Two sources: one for short documents, and one for long documents, which must not delay short documents."""
        short = SourceDescription(topic=get_pages_topic(self.name, bulk=False), partitions=self.partitions)
        bulk = SourceDescription(
            topic=get_pages_topic(self.name, bulk=True), partitions=self.bulk_partitions, suffix="-bulk"
        )
        return [short, bulk]

    @property
    def topics(self) -> Sequence[TopicDescription]:
        in_flight = "With the bulk topic: replicas x batch." if self.weights else "Replicas x containerConcurrency."
        comments = (in_flight, "Fewer than the other topic has: one book must not delay all short documents.")
        return [
            TopicDescription(name=source.topic, partitions=source.partitions, comment=comment)
            for source, comment in zip(self.sources, comments, strict=True)
        ]

    @property
    def publishes_to(self) -> list[str]:
        return [OUTCOMES]


_Description = TypeVar("_Description", FunctionDescription, EngineDescription)


def load_functions(root: Path) -> list[FunctionDescription]:
    """Return the functions of the repository at `root` except engines, sorted by name.

    Raise DescriptionError if a description is not valid.
    """
    return sorted(_load_all(root, "function.yaml", FunctionDescription), key=lambda function: function.name)


def load_engines(root: Path) -> list[EngineDescription]:
    """Return the engines of the repository at `root`: the default route in order, then other engines by name.

    Raise DescriptionError if a description is not valid, or if two engines have the same position in the route.
    """
    engines = _load_all(root, "engine.yaml", EngineDescription)
    _validate_route(root, engines)
    return sorted(engines, key=lambda engine: (engine.route is None, engine.route or 0, engine.name))


def _validate_route(root: Path, engines: Sequence[EngineDescription]) -> None:
    """Raise DescriptionError if two engines have the same position in the default route."""
    names_by_position: dict[int, str] = {}
    problems = []
    for engine in sorted(engines, key=lambda engine: engine.name):
        if engine.route is None:
            continue
        name = names_by_position.setdefault(engine.route, engine.name)
        if name != engine.name:
            file = root / "functions" / engine.folder / "engine.yaml"
            problems.append(f"{file}: route: {engine.route} is already the route of {name}; set another number")
    if problems:
        raise DescriptionError("\n".join(problems))


def _load_all(root: Path, file_name: str, model: type[_Description]) -> list[_Description]:
    return [_load(file, model) for file in (root / "functions").glob(f"*/{file_name}")]


def _load(file: Path, model: type[_Description]) -> _Description:
    try:
        fields = yaml.safe_load(file.read_text("utf-8"))
        if not isinstance(fields, dict):
            raise DescriptionError(f"{file}: is no mapping; write fields such as `replicas: 2`")
        return model.model_validate({**fields, "folder": file.parent.name})
    except yaml.YAMLError as error:
        raise DescriptionError(f"{file}: is no YAML ({' '.join(str(error).split())}); correct it") from error
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in error.errors())
        raise DescriptionError("\n".join(f"{file}: {problem}" for problem in problems)) from error
