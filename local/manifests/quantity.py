"""Parsing of Kubernetes' quantities, such as `500m` for half a core and `512Mi` of memory.

The grammar is that of k8s.io/apimachinery, pkg/api/resource/quantity.go.
"""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?", re.ASCII)
_BINARY_UNITS = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL_UNITS = {unit: Decimal(10) ** (3 * power) for power, unit in enumerate(["n", "u", "m", "", "k", *"MGTPE"], -3)}
_UNITS = _BINARY_UNITS | _DECIMAL_UNITS


def parse_quantity(value: str | float) -> Decimal:
    """Return the number that a quantity means. It is never negative. Raise ValueError if `value` is no quantity."""
    text = str(value)
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no quantity; write it like 500m, 2, 512Mi or 1G")
    number, unit = Decimal(match[1]), match[2] or ""
    return number * (_UNITS[unit] if unit in _UNITS else Decimal(f"1{unit}"))
