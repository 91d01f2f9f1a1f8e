"""Models of ConfigMap, Secret, KafkaTopic and KafkaUser, and of kinds that have no effect on one machine."""

import base64
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from local.manifests.shape import ManifestModel, Metadata


class ConfigMap(ManifestModel):
    api_version: Literal["v1"]
    kind: Literal["ConfigMap"]
    metadata: Metadata
    data: dict[str, str] = Field(default={})
    immutable: StrictBool = False

    @property
    def values(self) -> dict[str, str]:
        return self.data


def _decode_values(data: object) -> object:
    if not isinstance(data, dict):
        return data
    return {key: base64.b64decode(str(text), validate=True).decode() for key, text in data.items()}


class Secret(ManifestModel):
    api_version: Literal["v1"]
    kind: Literal["Secret"]
    metadata: Metadata
    type: str = "Opaque"
    data: Annotated[dict[str, str], BeforeValidator(_decode_values)] = Field(default={})
    string_data: dict[str, str] = Field(default={})
    immutable: StrictBool = False

    @property
    def values(self) -> dict[str, str]:
        return {**self.data, **self.string_data}


class KafkaTopicSpec(ManifestModel):
    topic_name: str | None = None
    partitions: StrictInt = Field(1, ge=1)
    replicas: StrictInt = Field(1, ge=1)
    config: dict[str, str | int | bool] = Field(default={})


class KafkaTopic(ManifestModel):
    api_version: Literal["kafka.strimzi.io/v1", "kafka.strimzi.io/v1beta2"]
    kind: Literal["KafkaTopic"]
    metadata: Metadata
    spec: KafkaTopicSpec = KafkaTopicSpec()

    @property
    def topic(self) -> str:
        return self.spec.topic_name or self.metadata.name


Operation = Literal[
    "All",
    "Alter",
    "AlterConfigs",
    "ClusterAction",
    "Create",
    "Delete",
    "Describe",
    "DescribeConfigs",
    "IdempotentWrite",
    "Read",
    "Write",
]


class AclResource(ManifestModel):
    type: Literal["topic", "group", "cluster", "transactionalId"]
    name: str | None = None
    pattern_type: Literal["literal", "prefix"] = "literal"


class Acl(ManifestModel):
    resource: AclResource
    operations: list[Operation] = Field(min_length=1)
    host: str = "*"
    type: Literal["allow", "deny"] = "allow"


class SecretKey(ManifestModel):
    name: str
    key: str


class PasswordFrom(ManifestModel):
    secret_key_ref: SecretKey


class Password(ManifestModel):
    value_from: PasswordFrom


class Authentication(ManifestModel):
    type: Literal["scram-sha-512", "tls", "tls-external"]
    password: Password | None = None

    @model_validator(mode="after")
    def _validate_password(self) -> "Authentication":
        if self.password and self.type != "scram-sha-512":
            raise ValueError(f"{self.type} with a password; remove the password")
        return self


class Authorization(ManifestModel):
    type: Literal["simple"]
    acls: list[Acl]


class Quotas(ManifestModel):
    producer_byte_rate: StrictInt | None = Field(None, ge=0)
    consumer_byte_rate: StrictInt | None = Field(None, ge=0)
    request_percentage: StrictInt | None = Field(None, ge=0)
    controller_mutation_rate: float | None = Field(None, ge=0)


class KafkaUserSpec(ManifestModel):
    authentication: Authentication
    authorization: Authorization
    quotas: Quotas | None = None


class KafkaUser(ManifestModel):
    """A Kafka user and its rights. It has no effect on one machine, because the twin's Kafka has no logins."""

    api_version: Literal["kafka.strimzi.io/v1", "kafka.strimzi.io/v1beta2"]
    kind: Literal["KafkaUser"]
    metadata: Metadata
    spec: KafkaUserSpec


class IgnoredResource(ManifestModel, extra="ignore"):
    """A resource of a kind that has no effect on one machine. All fields are accepted, and the log has its name."""

    api_version: str
    kind: Literal[
        "EventType",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "PriorityClass",
        "ServiceAccount",
    ]
    metadata: dict[str, Any]
