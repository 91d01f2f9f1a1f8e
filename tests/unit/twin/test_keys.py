"""Raw keys as text, as printed after Java's StringDeserializer, IntegerDeserializer and FloatDeserializer."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.sources.keys import decode_key


@pytest.mark.parametrize(
    ("key_type", "key", "printed"),
    [
        ("string", b"gr\xc3\xbc\xc3\x9f", "gr\u00fc\u00df"),
        ("string", b"\xff", "\ufffd"),
        ("int", b"\0\0\0\x2a", "42"),
        ("int", b"\xff\xff\xff\xff", "-1"),
        ("int", b"7", "7"),
        ("int", b"12345678", "12345678"),
        ("float", b"\0\0\0\x2a", "5.9E-44"),
        ("float", b"abcd", "2.6100788E20"),
        ("float", b"abc", "abc"),
        ("byte-array", b"\0\1", "AAE="),
    ],
)
def test_key_is_decoded_by_its_type(key_type: str, key: bytes, printed: str) -> None:
    assert decode_key(key, key_type) == printed


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-123456.789, "-123456.789"),
        (3.141592653589793, "3.141592653589793"),
        (5e-324, "4.9E-324"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_double_is_printed_as_in_java(number: float, printed: str) -> None:
    assert decode_key(struct.pack(">d", number), "float") == printed


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_printed_double_parses_to_the_same_number(number: float) -> None:
    assert float(decode_key(struct.pack(">d", number), "float")) == number


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_printed_float_parses_to_the_same_number(number: float) -> None:
    printed = decode_key(struct.pack(">f", number), "float")
    assert struct.pack(">f", float(printed)) == struct.pack(">f", number)
