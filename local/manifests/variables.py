"""Models of a container's environment, and of references to keys of ConfigMaps and Secrets."""

from pydantic import StrictBool, model_validator

from local.manifests.shape import ManifestModel


class KeyRef(ManifestModel):
    name: str
    key: str
    optional: StrictBool = False


class ValueFrom(ManifestModel):
    config_map_key_ref: KeyRef | None = None
    secret_key_ref: KeyRef | None = None

    @model_validator(mode="after")
    def _validate_one_reference(self) -> "ValueFrom":
        if (self.config_map_key_ref is None) == (self.secret_key_ref is None):
            raise ValueError("give exactly one of configMapKeyRef and secretKeyRef")
        return self


class Variable(ManifestModel):
    name: str
    value: str | None = None
    value_from: ValueFrom | None = None

    @model_validator(mode="after")
    def _validate_name_and_value(self) -> "Variable":
        if self.name in {"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"}:
            raise ValueError(f"{self.name} is set by Knative; remove it")
        if self.value is not None and self.value_from is not None:
            raise ValueError("has both value and valueFrom; keep one")
        return self


class NameRef(ManifestModel):
    name: str
    optional: StrictBool = False


class VariableGroup(ManifestModel):
    prefix: str = ""
    config_map_ref: NameRef | None = None
    secret_ref: NameRef | None = None

    @model_validator(mode="after")
    def _validate_one_reference(self) -> "VariableGroup":
        if (self.config_map_ref is None) == (self.secret_ref is None):
            raise ValueError("give exactly one of configMapRef and secretRef")
        return self
