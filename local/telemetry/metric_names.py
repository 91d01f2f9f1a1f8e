"""Conversion of OpenTelemetry's metric names, units and labels to those of Prometheus."""

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
# An annotation such as {page} names the counted things and is not a unit.
_ANNOTATION = re.compile(r"\{[^}]*\}")
_INVALID_CHARACTERS = re.compile(r"[^a-zA-Z0-9]+")


def build_metric_name(name: str, unit: str, kind: str) -> str:
    """Return the Prometheus name of a metric. The samples of a counter have `_total` after this name."""
    base = _replace_invalid_characters(name).removesuffix("_total")
    suffix = "ratio" if unit == "1" and kind == "gauge" else _build_unit_suffix(unit)
    return base if not suffix or base.endswith(f"_{suffix}") else f"{base}_{suffix}"


def build_label_name(name: str) -> str:
    return _replace_invalid_characters(name)


def format_label_value(value: Any) -> str:
    """Return a value as text that can be encoded. JSON can contain half a surrogate pair, which UTF-8 cannot."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()


def _replace_invalid_characters(name: str) -> str:
    """Return a name with underscores for invalid characters, and with one in front of a digit or an empty name."""
    valid = _INVALID_CHARACTERS.sub("_", name)
    return f"_{valid}" if not valid or valid[0].isdigit() else valid


def _build_unit_suffix(unit: str) -> str:
    """Return the unit in words; a rate such as By/s becomes bytes_per_second."""
    numerator, _, denominator = _ANNOTATION.sub("", unit).partition("/")
    words = [_translate_unit(numerator)] if numerator not in ("", "1") else []
    words += ["per", _translate_unit(denominator).removesuffix("s")] if denominator else []
    return "_".join(words)


def _translate_unit(unit: str) -> str:
    return _UNITS.get(unit, _replace_invalid_characters(unit))
