"""Conversion of the metric names, units and labels of OpenTelemetry to those of Prometheus."""

import re
from typing import Any

_UNITS = {
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "GiBy": "gibibytes",
    "Cel": "celsius",
    "%": "percent",
}
# In UCUM, the code of units in OpenTelemetry, braces enclose an annotation such as {page}. It is not a unit.
_ANNOTATION = re.compile(r"\{[^}]*\}")
_INVALID_CHARACTERS = re.compile(r"[^a-zA-Z0-9]+")


def build_metric_name(name: str, unit: str, kind: str) -> str:
    """Return the Prometheus name of a metric, without the suffix `_total` that the samples of a counter have."""
    base = _replace_invalid_characters(name).removesuffix("_total")
    suffix = "ratio" if unit == "1" and kind == "gauge" else _build_unit_suffix(unit)
    return base if not suffix or base.endswith(f"_{suffix}") else f"{base}_{suffix}"


def build_label_name(name: str) -> str:
    return _replace_invalid_characters(name)


def format_label_value(value: Any) -> str:
    """Return a value as text. Replace halves of surrogate pairs, which JSON can contain and UTF-8 cannot encode."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()


def _replace_invalid_characters(name: str) -> str:
    """Return a name with underscores in place of invalid characters. Add one before a first digit or an empty name."""
    valid_name = _INVALID_CHARACTERS.sub("_", name)
    return f"_{valid_name}" if not valid_name or valid_name[0].isdigit() else valid_name


def _build_unit_suffix(unit: str) -> str:
    """Return the unit as words: By/s becomes bytes_per_second."""
    numerator, _, denominator = _ANNOTATION.sub("", unit).partition("/")
    words = [_translate_unit(numerator)] if numerator not in ("", "1") else []
    words += ["per", _translate_unit(denominator).removesuffix("s")] if denominator else []
    return "_".join(words)


def _translate_unit(unit: str) -> str:
    return _UNITS.get(unit, _replace_invalid_characters(unit))
