"""Models of a pod's fields beside its container: security context, tolerations and volumes."""

from typing import Literal

from pydantic import Field, StrictBool, StrictInt, model_validator

from local.manifests.shape import Quantity, Shape


class Capabilities(Shape):
    add: list[str] = Field(default=[])
    drop: list[str] = Field(default=[])


class SeccompProfile(Shape):
    type: Literal["RuntimeDefault", "Unconfined", "Localhost"]
    localhost_profile: str | None = None


class SecurityContext(Shape):
    """The fields that Knative allows; it rejects `privileged`."""

    allow_privilege_escalation: StrictBool | None = None
    capabilities: Capabilities = Capabilities()
    read_only_root_filesystem: StrictBool | None = None
    run_as_non_root: StrictBool | None = None
    run_as_user: StrictInt | None = Field(None, ge=0)
    run_as_group: StrictInt | None = Field(None, ge=0)
    seccomp_profile: SeccompProfile | None = None


class PodSecurityContext(Shape):
    """A pod's security context. It needs `kubernetes.podspec-securitycontext` in the cluster's config-features."""

    run_as_non_root: StrictBool | None = None
    run_as_user: StrictInt | None = Field(None, ge=0)
    run_as_group: StrictInt | None = Field(None, ge=0)
    fs_group: StrictInt | None = Field(None, ge=0)
    fs_group_change_policy: Literal["OnRootMismatch", "Always"] | None = None
    supplemental_groups: list[StrictInt] = Field(default=[])
    seccomp_profile: SeccompProfile | None = None


class Toleration(Shape):
    key: str | None = None
    operator: Literal["Exists", "Equal"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: StrictInt | None = None

    @model_validator(mode="after")
    def _validate_value(self) -> "Toleration":
        if self.operator == "Exists" and self.value is not None:
            raise ValueError("Exists with a value; remove the value")
        return self


class VolumeMount(Shape):
    name: str
    mount_path: str
    read_only: StrictBool = False
    sub_path: str | None = None


class EmptyDir(Shape):
    medium: Literal["", "Memory"] = ""
    size_limit: Quantity | None = None


class KeyToPath(Shape):
    key: str
    path: str
    mode: StrictInt | None = None


class ConfigMapFiles(Shape):
    name: str
    items: list[KeyToPath] = Field(default=[])
    optional: StrictBool = False
    default_mode: StrictInt | None = None


class SecretFiles(Shape):
    secret_name: str
    items: list[KeyToPath] = Field(default=[])
    optional: StrictBool = False
    default_mode: StrictInt | None = None


class VolumeClaim(Shape):
    """A volume claim. It needs `kubernetes.podspec-persistent-volume-claim`, and `-write` unless it is read-only."""

    claim_name: str
    read_only: StrictBool = False


class Volume(Shape):
    name: str
    empty_dir: EmptyDir | None = None
    config_map: ConfigMapFiles | None = None
    secret: SecretFiles | None = None
    persistent_volume_claim: VolumeClaim | None = None

    @model_validator(mode="after")
    def _validate_one_source(self) -> "Volume":
        kinds = (self.empty_dir, self.config_map, self.secret, self.persistent_volume_claim)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give exactly one of emptyDir, configMap, secret and persistentVolumeClaim")
        return self
