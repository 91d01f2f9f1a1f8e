"""Decoding of the keys of raw records, by the label `key-type` of their source."""

import base64
import math
import struct
from decimal import Decimal

_INT_BYTES = 4
# struct's formats of Java's Float and Double, by their length.
_FLOATS = {4: ">f", 8: ">d"}
_MOST_DIGITS = 17


def decode_key(key: bytes, key_type: str) -> str:
    """Return a key as text. It is decoded as UTF-8 if its type is `string` or unknown, or if its length is wrong."""
    if key_type == "byte-array":
        return base64.b64encode(key).decode()
    if key_type == "int" and len(key) == _INT_BYTES:
        return str(int.from_bytes(key, signed=True))
    if key_type == "float" and len(key) in _FLOATS:
        return _format_java_number(_FLOATS[len(key)], *struct.unpack(_FLOATS[len(key)], key))
    return key.decode("utf-8", "replace")


def _format_java_number(float_format: str, number: float) -> str:
    """Return a number as Java prints it: with the fewest digits that identify it in its type, but at least two."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' * (number < 0)}Infinity"
    shortest = _find_shortest_digits(float_format, number)
    if number == 0 or 1e-3 <= abs(number) < 1e7:  # noqa: PLR2004  # the range that Java prints without an exponent
        return _trim_zeros(f"{Decimal(shortest):f}")
    digits, exponent = shortest.split("e")
    return f"{_trim_zeros(digits)}E{int(exponent)}"


def _find_shortest_digits(float_format: str, number: float) -> str:
    """Return the shortest text in scientific notation that is the same number in `float_format`, a format of struct."""
    candidates = (f"{number:.{places}e}" for places in range(1, _MOST_DIGITS))
    return next(text for text in candidates if _is_same_number(float_format, text, number))


def _is_same_number(float_format: str, text: str, number: float) -> bool:
    try:
        return struct.pack(float_format, float(text)) == struct.pack(float_format, number)
    except OverflowError:  # rounded beyond the largest number of the type
        return False


def _trim_zeros(text: str) -> str:
    """Return a decimal number without trailing zeros, but with at least one digit after the point."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"
