"""A raw record's key as text, by the label `key-type` of its source; what does not fit the type is read as UTF-8."""

import base64
import math
import struct
from decimal import Decimal

_INT_BYTES = 4
# struct's formats of Java's Float and Double, by their length.
_FLOATS = {4: ">f", 8: ">d"}
_MOST_DIGITS = 17


def text(key: bytes, key_type: str) -> str:
    if key_type == "byte-array":
        return base64.b64encode(key).decode()
    if key_type == "int" and len(key) == _INT_BYTES:
        return str(int.from_bytes(key, signed=True))
    if key_type == "float" and len(key) in _FLOATS:
        return _java(_FLOATS[len(key)], *struct.unpack(_FLOATS[len(key)], key))
    return key.decode("utf-8", "replace")


def _java(form: str, number: float) -> str:
    """As Java prints it: the fewest digits that name this number and no other of its size, but at least two."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' * (number < 0)}Infinity"
    shortest = _shortest(form, number)
    if number == 0 or 1e-3 <= abs(number) < 1e7:  # noqa: PLR2004  # where Java leaves the exponent out
        return _trimmed(f"{Decimal(shortest):f}")
    digits, exponent = shortest.split("e")
    return f"{_trimmed(digits)}E{int(exponent)}"


def _shortest(form: str, number: float) -> str:
    written = (f"{number:.{places}e}" for places in range(1, _MOST_DIGITS))
    return next(found for found in written if _names(form, found, number))


def _names(form: str, written: str, number: float) -> bool:
    try:
        return struct.pack(form, float(written)) == struct.pack(form, number)
    except OverflowError:  # rounded beyond the greatest
        return False


def _trimmed(plain: str) -> str:
    """Without zeros at the end, of which one stays behind the point."""
    whole, _, fraction = plain.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"
