"""The model of a Knative Service, with exactly the fields that the twin supports."""

from typing import ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from local.manifests.pod import PodSecurityContext, SecurityContext, Toleration, Volume, VolumeMount
from local.manifests.shape import GoSeconds, ManifestModel, Metadata, Quantity, parse_go_duration, select_knative_keys
from local.manifests.variables import NameRef, Variable, VariableGroup

_VISIBILITY = "networking.knative.dev/visibility"
_ROLLOUT = "serving.knative.dev/rollout-duration"
CLUSTER_LOCAL = {_VISIBILITY: "cluster-local"}
#: Knative's limit for timeouts in seconds. An operator of a cluster can raise it.
MAX_TIMEOUT_S = 600
_DEFAULT_TIMEOUT_S = 300
_AUTOSCALING = "autoscaling.knative.dev/"


class Scaling(ManifestModel):
    """The autoscaling annotations of a template. Zero for `max_scale` means no limit."""

    min_scale: int = Field(0, ge=0, alias=_AUTOSCALING + "min-scale")
    max_scale: int = Field(0, ge=0, alias=_AUTOSCALING + "max-scale")
    initial_scale: int = Field(1, ge=0, alias=_AUTOSCALING + "initial-scale")
    activation_scale: int = Field(1, ge=1, alias=_AUTOSCALING + "activation-scale")
    target: float | None = Field(None, ge=0.01, alias=_AUTOSCALING + "target")
    utilization: float = Field(70, ge=1, le=100, alias=_AUTOSCALING + "target-utilization-percentage")
    window: GoSeconds = Field(60, ge=6, le=3600, alias=_AUTOSCALING + "window")
    scale_down_delay: GoSeconds = Field(0, ge=0, le=3600, alias=_AUTOSCALING + "scale-down-delay")
    retention: GoSeconds = Field(0, ge=0, le=3600, alias=_AUTOSCALING + "scale-to-zero-pod-retention-period")
    target_burst_capacity: float = Field(211, ge=-1, alias=_AUTOSCALING + "target-burst-capacity")
    panic_window_percentage: float = Field(10, ge=1, le=100, alias=_AUTOSCALING + "panic-window-percentage")
    panic_threshold_percentage: float = Field(200, ge=110, le=1000, alias=_AUTOSCALING + "panic-threshold-percentage")
    aggregation: Literal["linear", "weighted-exponential"] = Field(
        "linear", alias=_AUTOSCALING + "metric-aggregation-algorithm"
    )
    metric: Literal["concurrency"] = Field("concurrency", alias=_AUTOSCALING + "metric")
    autoscaler: Literal["kpa.autoscaling.knative.dev"] = Field(
        "kpa.autoscaling.knative.dev", alias=_AUTOSCALING + "class"
    )
    progress_deadline: GoSeconds = Field(600, gt=0, alias="serving.knative.dev/progress-deadline")

    @model_validator(mode="before")
    @classmethod
    def _select_knative_annotations(cls, annotations: dict[str, str]) -> dict[str, str]:
        return select_knative_keys(annotations)

    @model_validator(mode="after")
    def _validate_bounds(self) -> "Scaling":
        if 0 < self.max_scale < max(self.min_scale, self.activation_scale, self.initial_scale):
            raise ValueError("max-scale is below another scale; raise it")
        return self


class ServiceMetadata(Metadata):
    KNATIVE_KEYS: ClassVar[frozenset[str]] = frozenset({_VISIBILITY, _ROLLOUT})

    @model_validator(mode="after")
    def _validate_visibility_and_rollout(self) -> "ServiceMetadata":
        if self.labels.get(_VISIBILITY, "cluster-local") != "cluster-local":
            raise ValueError(f"{_VISIBILITY}: the only value is cluster-local; write that or remove it")
        if _ROLLOUT in self.annotations:
            parse_go_duration(self.annotations[_ROLLOUT])
        return self


class TemplateMetadata(ManifestModel):
    labels: dict[str, str] = Field(default={})
    annotations: Scaling = Scaling.model_validate({})

    @field_validator("labels")
    @classmethod
    def _reject_knative_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        if keys := select_knative_keys(labels):
            raise ValueError(f"{min(keys)}: is no label of a template; move it to the Service or its annotations")
        return labels


class Port(ManifestModel):
    name: Literal["http1"] | None = None
    container_port: StrictInt = 8080
    protocol: Literal["TCP"] = "TCP"


class HttpGet(ManifestModel):
    path: str = "/"
    port: StrictInt | Literal["http1"] = 0
    scheme: Literal["HTTP"] = "HTTP"


class TcpSocket(ManifestModel):
    port: StrictInt | Literal["http1"] = 0


class Probe(ManifestModel):
    http_get: HttpGet | None = None
    tcp_socket: TcpSocket | None = None
    initial_delay_seconds: StrictInt = 0
    period_seconds: StrictInt = Field(10, ge=1)
    timeout_seconds: StrictInt = 1
    success_threshold: StrictInt = Field(1, ge=1)
    failure_threshold: StrictInt = Field(3, ge=1)


class Container(ManifestModel):
    name: str = "user-container"
    image: str = ""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    command: list[str] = Field(default=[])
    args: list[str] = Field(default=[])
    working_dir: str | None = None
    env: list[Variable] = Field(default=[])
    env_from: list[VariableGroup] = Field(default=[])
    ports: list[Port] = Field(default=[], max_length=1)
    resources: dict[Literal["requests", "limits"], dict[str, Quantity]] = Field(default={})
    readiness_probe: Probe = Probe()
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    security_context: SecurityContext = SecurityContext()
    volume_mounts: list[VolumeMount] = Field(default=[])


class RevisionSpec(ManifestModel):
    container_concurrency: StrictInt = Field(0, ge=0, le=1000)
    timeout_seconds: StrictInt = Field(_DEFAULT_TIMEOUT_S, gt=0, le=MAX_TIMEOUT_S)
    response_start_timeout_seconds: StrictInt = Field(0, ge=0)
    idle_timeout_seconds: StrictInt = Field(0, ge=0)
    containers: list[Container] = Field(min_length=1, max_length=1)
    volumes: list[Volume] = Field(default=[])
    # These fields concern nodes and rights on a cluster. They have no effect on one machine.
    node_selector: dict[str, str] = Field(default={})
    tolerations: list[Toleration] = Field(default=[])
    runtime_class_name: str | None = None
    priority_class_name: str | None = None
    security_context: PodSecurityContext = PodSecurityContext()
    image_pull_secrets: list[NameRef] = Field(default=[])
    service_account_name: str | None = None
    automount_service_account_token: StrictBool | None = None
    enable_service_links: StrictBool | None = None

    @model_validator(mode="after")
    def _validate_timeouts(self) -> "RevisionSpec":
        if self.response_start_timeout_seconds > self.timeout_seconds:
            raise ValueError("responseStartTimeoutSeconds is above timeoutSeconds; lower it")
        if self.idle_timeout_seconds > self.timeout_seconds:
            raise ValueError("idleTimeoutSeconds is above timeoutSeconds; lower it")
        return self

    @property
    def response_start_timeout(self) -> int:
        """The effective timeout in seconds. As in Knative, the default is timeoutSeconds, but at most 300."""
        return self.response_start_timeout_seconds or min(self.timeout_seconds, _DEFAULT_TIMEOUT_S)


class Template(ManifestModel):
    metadata: TemplateMetadata = TemplateMetadata()
    spec: RevisionSpec


class Traffic(ManifestModel):
    """Traffic that goes to the newest revision. The twin runs only one revision of a Service."""

    latest_revision: Literal[True]
    percent: Literal[100] = 100


class ServiceSpec(ManifestModel):
    template: Template
    traffic: list[Traffic] = Field(default=[], max_length=1)


class Service(ManifestModel):
    api_version: Literal["serving.knative.dev/v1"]
    kind: Literal["Service"]
    metadata: ServiceMetadata
    spec: ServiceSpec

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def host(self) -> str:
        """The host name of the Service in the cluster."""
        return f"{self.metadata.name}.{self.metadata.namespace}.svc.cluster.local"

    @property
    def revision_name(self) -> str:
        """The name of the first revision. In the twin, a Service never has a second revision."""
        return f"{self.metadata.name}-00001"

    @property
    def is_public(self) -> bool:
        """True if clients outside the cluster can call the Service."""
        return not CLUSTER_LOCAL.items() <= self.metadata.labels.items()

    @property
    def revision(self) -> RevisionSpec:
        return self.spec.template.spec

    @property
    def container(self) -> Container:
        return self.revision.containers[0]

    @property
    def scaling(self) -> Scaling:
        return self.spec.template.metadata.annotations
