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

#: Seconds from zero to a ready replica, on a node that has the image. Engines with weights also load their model.
COLD_START_S, COLD_START_WITH_WEIGHTS_S = 30, 180
#: An engine's name is a part of topic names, so it has neither a hyphen nor an underscore.
_ENGINE_NAME = r"^[a-z][a-z0-9]*$"


class DescriptionError(Exception):
    """A function.yaml or engine.yaml that is not valid; the text has one line per problem."""


def _validate_quantity(text: str) -> str:
    parse_quantity(text)
    return text


Quantity = Annotated[str, AfterValidator(_validate_quantity)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TopicDescription(_Model):
    """A topic that belongs to one function: its KafkaTopic is generated beside the Service."""

    name: str
    partitions: int = Field(ge=1)
    retention_days: int = Field(7, ge=1)
    comment: str

    @property
    def retention_ms(self) -> int:
        """The retention as Kafka's `retention.ms`."""
        return self.retention_days * 24 * 60 * 60 * 1000


class SourceDescription(_Model):
    """A KafkaSource that delivers one topic to the function, in order, with one consumer per partition."""

    topic: str
    partitions: int = Field(ge=1)
    #: Appended to the function's name: `-bulk` for the lane of long documents.
    suffix: str = ""
    retries: int = Field(6, ge=1)
    backoff_seconds: int = Field(2, ge=1)

    @property
    def total_backoff_seconds(self) -> int:
        """Seconds of all pauses between retries. Knative's exponential backoff pauses delay x 2^n, n from 1."""
        return sum(self.backoff_seconds * 2**attempt for attempt in range(1, self.retries + 1))


class _Common(_Model):
    """Fields that functions and engines share."""

    folder: str
    description: str
    replicas: int = Field(ge=1, description="max-scale; all functions scale from zero")
    concurrency: int = Field(ge=1, description="requests that a replica handles at the same time; an engine's batch")
    deadline_seconds: int = Field(ge=1, description="a process that works on one request for longer ends itself")
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


class FunctionDescription(_Common):
    """A function that is no engine, as its function.yaml describes it."""

    timeout_seconds: int = Field(ge=1, le=MAX_TIMEOUT_S)
    tmp: Quantity = Field("64Mi", description="size limit of /tmp; 64Mi is enough for the HTTP server alone")
    public: bool = Field(default=False, description="whether the ingress exposes it outside the cluster")
    source: SourceDescription | None = None
    schedule: Annotated[str, AfterValidator(validate_schedule)] | None = None
    topic: TopicDescription | None = None
    publishes_to: list[str] = Field(default=[], description="topics, without those of engines")
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
        """The Service's timeout, rounded up to minutes."""
        return ceil(self.timeout_seconds / 60)


class EngineDescription(_Common):
    """An engine, as its engine.yaml describes it. Everything that engines have in common is added here."""

    folder: str = Field(pattern=_ENGINE_NAME)
    route: int | None = Field(None, ge=1, description="position in the default route; unset: only on request")
    weights: bool = Field(default=False, description="whether it loads model weights from /models/<engine>")
    gpu: bool = Field(default=False, description="whether the component `gpu` gives it a GPU")
    partitions: int = Field(ge=1, description="pages in flight from short documents")
    bulk_partitions: int = Field(ge=1, description="pages in flight from long documents")
    timeout_override: int | None = Field(
        None, ge=1, le=MAX_TIMEOUT_S, alias="timeout_seconds", description="unset: computed from the other sizes"
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
        return COLD_START_WITH_WEIGHTS_S if self.weights else COLD_START_S

    @property
    def timeout_seconds(self) -> int:
        """The Service's timeout. It covers a cold start and the requests that wait before this one."""
        turns = ceil((self.partitions + self.bulk_partitions) / (self.replicas * self.concurrency))
        return self.timeout_override or self.cold_start_seconds + turns * self.deadline_seconds

    @property
    def delivery_timeout_minutes(self) -> int:
        """The next full minute after the Service's timeout, so that the Service answers first."""
        return min(self.timeout_seconds // 60 + 1, MAX_TIMEOUT_S // 60)

    @property
    def tmp(self) -> str:
        """The size limit of /tmp: 1 GiB per open document, 1 GiB of cached documents and 1 GiB of reserve."""
        return f"{self.concurrency + 2}Gi"

    @property
    def sources(self) -> Sequence[SourceDescription]:
        """The source of short documents and the source of long ones, which must not delay the short ones."""
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


_D = TypeVar("_D", FunctionDescription, EngineDescription)


def load_functions(root: Path) -> list[FunctionDescription]:
    """Return the functions of the repository at `root` that are no engines, by name. Raise DescriptionError."""
    return sorted(_load_all(root, "function.yaml", FunctionDescription), key=lambda function: function.name)


def load_engines(root: Path) -> list[EngineDescription]:
    """Return the engines of the repository at `root`: the default route first, then by name. Raise DescriptionError."""
    return sorted(
        _load_all(root, "engine.yaml", EngineDescription),
        key=lambda engine: (engine.route is None, engine.route or 0, engine.name),
    )


def _load_all(root: Path, file_name: str, model: type[_D]) -> list[_D]:
    return [_load(file, model) for file in (root / "functions").glob(f"*/{file_name}")]


def _load(file: Path, model: type[_D]) -> _D:
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
