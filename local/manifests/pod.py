"""Models of a pod's fields beside its container: security context, tolerations and volumes."""

from typing import Literal

from pydantic import Field, StrictBool, StrictInt, model_validator

from local.manifests.shape import ManifestModel, Quantity


class Capabilities(ManifestModel):
    add: list[str] = Field(default=[])
    drop: list[str] = Field(default=[])


class SeccompProfile(ManifestModel):
    type: Literal["RuntimeDefault", "Unconfined", "Localhost"]
    localhost_profile: str | None = None


class SecurityContext(ManifestModel):
    """A container's security context, with the fields that Knative allows. Knative rejects `privileged`."""

    allow_privilege_escalation: StrictBool | None = None
    capabilities: Capabilities = Capabilities()
    read_only_root_filesystem: StrictBool | None = None
    run_as_non_root: StrictBool | None = None
    run_as_user: StrictInt | None = Field(None, ge=0)
    run_as_group: StrictInt | None = Field(None, ge=0)
    seccomp_profile: SeccompProfile | None = None


class PodSecurityContext(ManifestModel):
    """A pod's security context. Knative accepts it only with the feature `kubernetes.podspec-securitycontext`."""

    run_as_non_root: StrictBool | None = None
    run_as_user: StrictInt | None = Field(None, ge=0)
    run_as_group: StrictInt | None = Field(None, ge=0)
    fs_group: StrictInt | None = Field(None, ge=0)
    fs_group_change_policy: Literal["OnRootMismatch", "Always"] | None = None
    supplemental_groups: list[StrictInt] = Field(default=[])
    seccomp_profile: SeccompProfile | None = None


class Toleration(ManifestModel):
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


class VolumeMount(ManifestModel):
    name: str
    mount_path: str
    read_only: StrictBool = False
    sub_path: str | None = None


class EmptyDir(ManifestModel):
    medium: Literal["", "Memory"] = ""
    size_limit: Quantity | None = None


class KeyToPath(ManifestModel):
    key: str
    path: str
    mode: StrictInt | None = None


class ConfigMapFiles(ManifestModel):
    name: str
    items: list[KeyToPath] = Field(default=[])
    optional: StrictBool = False
    default_mode: StrictInt | None = None


class SecretFiles(ManifestModel):
    secret_name: str
    items: list[KeyToPath] = Field(default=[])
    optional: StrictBool = False
    default_mode: StrictInt | None = None


class VolumeClaim(ManifestModel):
    """A volume claim. Knative accepts it only with the feature `kubernetes.podspec-persistent-volume-claim`.

    A claim that is not read-only also needs `kubernetes.podspec-persistent-volume-write`.
    """

    claim_name: str
    read_only: StrictBool = False


class Volume(ManifestModel):
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
