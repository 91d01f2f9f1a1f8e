"""Kubernetes quantities."""

from decimal import Decimal

import pytest

from local.manifests.quantity import parse_quantity


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        (2, "2"),
        (0.5, "0.5"),
        ("0", "0"),
        ("512Mi", 512 << 20),
        ("1G", "1000000000"),
        ("1Gi", 1 << 30),
        ("1.5Ki", "1536"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1k", "1000"),
        ("100n", "0.0000001"),
        ("7u", "0.000007"),
        ("1E", 10**18),  # exa, and no exponent
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("12e-2", "0.12"),
    ],
)
def test_quantity_is_parsed(written: str | float, meant: str | int) -> None:
    assert parse_quantity(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written",
    ["", "m", "-1", "+1", "1K", "1mi", "1gi", "1 Gi", "1Gi ", "1Gi\n", "1e", "1e+", "1.2.3", "nan", "inf", "٣"],
)
def test_invalid_quantity_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write it like 500m, 2, 512Mi or 1G"):
        parse_quantity(written)
