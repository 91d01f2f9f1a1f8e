"""Parsers and formats of event types, function names, durations and rates."""

import pytest

from events.catalogue import RAW_RECORD_TYPE
from local.cli.shell.errors import UsageError
from local.cli.shell.events import build_like_patterns, extract_function_name, is_matching_type, shorten_type
from local.cli.shell.parsing import parse_duration, parse_rate
from local.cli.shell.screen import format_duration

REQUESTED, FOREIGN = "io.pagebus.page.requested.v1", "com.example.page.requested.v1"


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        (REQUESTED, "page.requested"),
        ("io.pagebus.x.v12", "x"),
        (FOREIGN, FOREIGN),
        (RAW_RECORD_TYPE, "raw record"),
        ("", ""),
    ],
)
def test_only_pagebus_types_are_shortened(event_type: str, expected: str) -> None:
    assert shorten_type(event_type) == expected


@pytest.mark.parametrize("pattern", [REQUESTED, "page.requested", "page.*", "*", "io.pagebus.*", "*requested"])
def test_pattern_matches_full_or_short_type(pattern: str) -> None:
    assert is_matching_type(REQUESTED, pattern)


@pytest.mark.parametrize("pattern", ["page", "page.recognized", "PAGE.*", "page_requested", "requested", ""])
def test_pattern_does_not_match_other_types(pattern: str) -> None:
    assert not is_matching_type(REQUESTED, pattern)


def test_only_the_star_is_a_wildcard_in_like_patterns() -> None:
    assert build_like_patterns("a_b%*")[:2] == [r"a\_b\%%", r"io.pagebus.a\_b\%%.v_"]
    assert RAW_RECORD_TYPE in build_like_patterns("raw *")
    assert RAW_RECORD_TYPE not in build_like_patterns("page.*")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://intake.default.svc.cluster.local", "intake"),
        ("http://intake.default.svc.cluster.local:80/path", "intake"),
        ("http://www.example.com/hook", "www.example.com"),
        ("", ""),
    ],
)
def test_function_name_is_extracted_from_cluster_urls_only(url: str, expected: str) -> None:
    assert extract_function_name(url) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), ("0.5h", 1800), ("9" * 99 + "d", 36525 * 86400)],
)
def test_duration_is_parsed(text: str, seconds: float) -> None:
    assert parse_duration("--since", text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1h 30m", "1.h"])
def test_malformed_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"--since.*1h"):
        parse_duration("--since", text)


@pytest.mark.parametrize(("text", "rate"), [("10/s", 10), ("0.5", 0.5)])
def test_rate_is_parsed(text: str, rate: float) -> None:
    assert parse_rate("--rate", text) == rate


@pytest.mark.parametrize("text", ["0", "0/s", "-1", "10/m", "fast"])
def test_malformed_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="10/s"):
        parse_rate("--rate", text)


@pytest.mark.parametrize(
    ("span", "expected"), [(3, "3 s"), (119, "119 s"), (480, "8 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_duration_is_rounded_to_its_largest_unit(span: float, expected: str) -> None:
    assert format_duration(span) == expected
