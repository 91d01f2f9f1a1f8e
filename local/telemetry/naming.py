"""What OpenTelemetry calls a metric, as Prometheus would call it."""

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
# An annotation such as {page} says what is counted, and is no unit.
_ANNOTATION = re.compile(r"\{[^}]*\}")
_FOREIGN = re.compile(r"[^a-zA-Z0-9]+")


def metric_name(name: str, unit: str, kind: str) -> str:
    """The family's name, to which a counter's samples add `_total`."""
    base = _plain(name).removesuffix("_total")
    suffix = "ratio" if unit == "1" and kind == "gauge" else _unit(unit)
    return base if not suffix or base.endswith(f"_{suffix}") else f"{base}_{suffix}"


def label_name(name: str) -> str:
    return _plain(name)


def label_value(value: Any) -> str:
    """Half a surrogate pair is valid JSON, and cannot be written."""
    told = str(value).lower() if isinstance(value, bool) else str(value)
    return told.encode("utf-8", "replace").decode()


def _plain(name: str) -> str:
    plain = _FOREIGN.sub("_", name)
    return f"_{plain}" if not plain or plain[0].isdigit() else plain


def _unit(unit: str) -> str:
    """A rate such as By/s becomes bytes_per_second."""
    over, _, per = _ANNOTATION.sub("", unit).partition("/")
    words = [_UNITS.get(over, _plain(over))] if over not in ("", "1") else []
    words += ["per", _UNITS.get(per, _plain(per)).removesuffix("s")] if per else []
    return "_".join(words)
