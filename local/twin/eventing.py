"""The shapes of KafkaSource, KafkaSink and PingSource: exactly what the twin supports of them."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StrictInt, model_validator

from local.twin import keys
from local.twin.schedule import checked
from local.twin.shape import IsoSeconds, Metadata, Shape

KEY_TYPE = "kafkasources.sources.knative.dev/key-type"


class Reference(Shape):
    api_version: str
    kind: Literal["Service", "KafkaSink"]
    name: str
    namespace: str | None = None


class Destination(Shape):
    ref: Reference | None = None
    uri: str | None = Field(None, pattern=r"^http://")

    @model_validator(mode="after")
    def _one(self) -> "Destination":
        if (self.ref is None) == (self.uri is None):
            raise ValueError("give exactly one of ref and uri")
        return self


class Delivery(Shape):
    """How a delivery is repeated; what is not given means what it means to Knative once `delivery` is there."""

    retry: StrictInt = Field(0, ge=0)
    backoff_policy: Literal["exponential", "linear"] | None = None
    backoff_delay: IsoSeconds | None = None
    timeout: IsoSeconds = Field(600, gt=0)
    retry_after_max: IsoSeconds | None = None
    dead_letter_sink: Destination | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Delivery":
        if self.retry and (self.backoff_policy is None or self.backoff_delay is None):
            raise ValueError("retry without backoffPolicy and backoffDelay; set both")
        return self


# What a source without `delivery` gets (eventing-kafka-broker, control-plane/pkg/reconciler/source/source.go).
NO_DELIVERY = Delivery.model_validate(
    {"retry": 10, "backoffPolicy": "exponential", "backoffDelay": "PT0.3S", "timeout": "PT600S"}
)


class Overrides(Shape):
    extensions: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$")], str] = Field(default={})


class KafkaSourceSpec(Shape):
    topics: list[str] = Field(min_length=1)
    bootstrap_servers: list[str] = Field(min_length=1)
    consumer_group: str = Field(min_length=1)
    consumers: StrictInt = Field(1, ge=1)
    initial_offset: Literal["earliest", "latest"] = "latest"
    ordering: Literal["ordered", "unordered"] = "ordered"
    delivery: Delivery = NO_DELIVERY
    sink: Destination
    ce_overrides: Overrides = Overrides()


class KafkaSource(Shape):
    api_version: Literal["sources.knative.dev/v1"]
    kind: Literal["KafkaSource"]
    metadata: Metadata
    spec: KafkaSourceSpec

    @property
    def key_type(self) -> str:
        return self.metadata.labels.get(KEY_TYPE, "string")

    @property
    def never_ready(self) -> str | None:
        """Why Knative takes this source and never runs it, in its own words."""
        if self.key_type not in keys.TYPES:
            return f"invalid value: {self.key_type}: spec.configs.keyType; allowed values: [{' '.join(keys.TYPES)}]"
        if self.spec.delivery.retry_after_max is not None:
            # Unless a cluster's config-features turns delivery-retryafter on.
            return "must not set the field(s): spec.template.delivery.retryAfterMax"
        return None


class KafkaSinkSpec(Shape):
    topic: str
    bootstrap_servers: list[str] = Field(min_length=1)
    content_mode: Literal["binary", "structured"] = "binary"


class KafkaSink(Shape):
    api_version: Literal["eventing.knative.dev/v1alpha1"]
    kind: Literal["KafkaSink"]
    metadata: Metadata
    spec: KafkaSinkSpec


def _is_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{text!r} is no time zone; write one such as Europe/Berlin") from error
    return text


class PingSourceSpec(Shape):
    schedule: Annotated[str, AfterValidator(checked)]
    timezone: Annotated[str, AfterValidator(_is_zone)] = "UTC"
    content_type: str | None = None
    data: str | None = None
    data_base64: str | None = Field(None, alias="dataBase64")
    sink: Destination
    ce_overrides: Overrides = Overrides()


class PingSource(Shape):
    api_version: Literal["sources.knative.dev/v1"]
    kind: Literal["PingSource"]
    metadata: Metadata
    spec: PingSourceSpec
