"""Models of KafkaSource, KafkaSink and PingSource, with exactly the fields that the twin supports."""

import base64
import json
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from local.manifests.schedule import validate_schedule
from local.manifests.shape import IsoSeconds, ManifestModel, Metadata
from local.manifests.variables import KeyRef, NameRef

#: The label of a KafkaSource with the type of record keys, and the allowed values.
KEY_TYPE = "kafkasources.sources.knative.dev/key-type"
KEY_TYPES = ("string", "int", "float", "byte-array")


_API_VERSIONS = {"Service": "serving.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1"}


class Reference(ManifestModel):
    api_version: str
    kind: Literal["Service", "KafkaSink"]
    name: str
    namespace: str | None = None

    @model_validator(mode="after")
    def _validate_api_version(self) -> "Reference":
        if self.api_version != _API_VERSIONS[self.kind]:
            raise ValueError(f"apiVersion: a {self.kind} is of {_API_VERSIONS[self.kind]}; write this version")
        return self


class Destination(ManifestModel):
    ref: Reference | None = None
    uri: str | None = Field(None, pattern=r"^http://")

    @model_validator(mode="after")
    def _validate_one_target(self) -> "Destination":
        if (self.ref is None) == (self.uri is None):
            raise ValueError("give exactly one of ref and uri")
        return self


class Delivery(ManifestModel):
    """The retry policy of a source. The defaults are those of Knative for a source that has `delivery`."""

    retry: StrictInt = Field(0, ge=0)
    backoff_policy: Literal["exponential", "linear"] | None = None
    backoff_delay: IsoSeconds | None = None
    timeout: IsoSeconds = Field(600, gt=0)
    retry_after_max: IsoSeconds | None = None
    dead_letter_sink: Destination | None = None

    @model_validator(mode="after")
    def _validate_retry(self) -> "Delivery":
        if self.retry and (self.backoff_policy is None or self.backoff_delay is None):
            raise ValueError("retry without backoffPolicy and backoffDelay; set both")
        return self


# The policy of a source without `delivery` (eventing-kafka-broker, control-plane/pkg/reconciler/source/source.go).
DEFAULT_DELIVERY = Delivery.model_validate(
    {"retry": 10, "backoffPolicy": "exponential", "backoffDelay": "PT0.3S", "timeout": "PT600S"}
)


class Overrides(ManifestModel):
    extensions: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$")], str] = Field(default={})


class SecretValue(ManifestModel):
    secret_key_ref: KeyRef


class Sasl(ManifestModel):
    enable: StrictBool = False
    user: SecretValue | None = None
    password: SecretValue | None = None
    type: SecretValue | None = None


class Tls(ManifestModel):
    enable: StrictBool = False
    cert: SecretValue | None = None
    key: SecretValue | None = None
    ca_cert: SecretValue | None = None


class Net(ManifestModel):
    """The connection of a cluster's dispatcher to Kafka. The twin ignores it and uses its own connection."""

    sasl: Sasl = Sasl()
    tls: Tls = Tls()


class KafkaSourceSpec(ManifestModel):
    UNSUPPORTED: ClassVar[dict[str, str]] = {
        "filters": ("a KafkaSource delivers all events of its topics; let the function answer 204 to other events")
    }

    topics: list[str] = Field(min_length=1)
    bootstrap_servers: list[str] = Field(min_length=1)
    consumer_group: str = Field(min_length=1)
    consumers: StrictInt = Field(1, ge=1)
    initial_offset: Literal["earliest", "latest"] = "latest"
    ordering: Literal["ordered", "unordered"] = "ordered"
    delivery: Delivery = DEFAULT_DELIVERY
    sink: Destination
    ce_overrides: Overrides = Overrides()
    net: Net = Net()


class KafkaSourceMetadata(Metadata):
    KNATIVE_KEYS: ClassVar[frozenset[str]] = frozenset({KEY_TYPE, "autoscaling.eventing.knative.dev/class"})


class KafkaSource(ManifestModel):
    api_version: Literal["sources.knative.dev/v1"]
    kind: Literal["KafkaSource"]
    metadata: KafkaSourceMetadata
    spec: KafkaSourceSpec

    @property
    def key_type(self) -> str:
        return self.metadata.labels.get(KEY_TYPE, "string")

    @property
    def not_ready_reason(self) -> str | None:
        """Knative's message for a source that Knative accepts but never makes ready, else None."""
        if self.key_type not in KEY_TYPES:
            return f"invalid value: {self.key_type}: spec.configs.keyType; allowed values: [{' '.join(KEY_TYPES)}]"
        if self.spec.delivery.retry_after_max is not None:
            # A cluster accepts this field only if its config-features enables delivery-retryafter.
            return "must not set the field(s): spec.template.delivery.retryAfterMax"
        return None


class SinkSecret(ManifestModel):
    ref: NameRef


class SinkAuth(ManifestModel):
    """The login of a cluster's sink to Kafka. The twin ignores it and uses its own connection."""

    secret: SinkSecret


class KafkaSinkSpec(ManifestModel):
    topic: str
    bootstrap_servers: list[str] = Field(min_length=1)
    content_mode: Literal["binary", "structured"] = "binary"
    auth: SinkAuth | None = None


class KafkaSink(ManifestModel):
    api_version: Literal["eventing.knative.dev/v1alpha1"]
    kind: Literal["KafkaSink"]
    metadata: Metadata
    spec: KafkaSinkSpec


def _validate_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{text!r} is no time zone; write a name such as Europe/Berlin") from error
    return text


class PingSourceSpec(ManifestModel):
    schedule: Annotated[str, AfterValidator(validate_schedule)]
    timezone: Annotated[str, AfterValidator(_validate_zone)] = "UTC"
    content_type: str | None = None
    data: str | None = None
    data_base64: str | None = Field(None, alias="dataBase64")
    sink: Destination
    ce_overrides: Overrides = Overrides()

    @model_validator(mode="after")
    def _validate_data(self) -> "PingSourceSpec":
        if self.data and self.data_base64:
            raise ValueError("has both data and dataBase64; keep one")
        try:
            data = self.data or base64.b64decode(self.data_base64 or "")
            members = json.loads(data) if data and self.content_type == "application/json" else None
        except ValueError as error:
            raise ValueError(f"the data cannot be read ({error}); correct it") from error
        if members is not None and not isinstance(members, dict):
            raise ValueError("the data is JSON but no object; write an object, or another contentType")
        return self


class PingSource(ManifestModel):
    api_version: Literal["sources.knative.dev/v1"]
    kind: Literal["PingSource"]
    metadata: Metadata
    spec: PingSourceSpec
