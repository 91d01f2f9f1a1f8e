"""Types, functions, spans of time and rates, as people type and read them."""

import pytest

from events.catalogue import RAW
from local.cli import durations
from local.cli.errors import Impossible
from local.cli.names import function_of, is_of, like, short

REQUESTED, FOREIGN = "io.pagebus.page.requested.v1", "com.example.page.requested.v1"


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [(REQUESTED, "page.requested"), ("io.pagebus.x.v12", "x"), (FOREIGN, FOREIGN), (RAW, "raw record"), ("", "")],
)
def test_only_what_is_ours_is_called_by_a_short_name(event_type: str, expected: str) -> None:
    assert short(event_type) == expected


@pytest.mark.parametrize("pattern", [REQUESTED, "page.requested", "page.*", "*", "io.pagebus.*", "*requested"])
def test_a_type_is_meant_by_its_whole_name_its_short_one_or_a_part(pattern: str) -> None:
    assert is_of(REQUESTED, pattern)


@pytest.mark.parametrize("pattern", ["page", "page.recognized", "PAGE.*", "page_requested", "requested", ""])
def test_another_type_is_not_meant(pattern: str) -> None:
    assert not is_of(REQUESTED, pattern)


def test_in_sql_only_the_star_stands_for_anything() -> None:
    assert like("a_b%*")[:2] == [r"a\_b\%%", r"io.pagebus.a\_b\%%.v_"]
    assert RAW in like("raw *")
    assert RAW not in like("page.*")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://intake.default.svc.cluster.local", "intake"),
        ("http://intake.default.svc.cluster.local:80/path", "intake"),
        ("http://www.example.com/hook", "www.example.com"),
        ("", ""),
    ],
)
def test_a_function_is_called_by_its_name_and_a_stranger_by_its_host(url: str, expected: str) -> None:
    assert function_of(url) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), ("0.5h", 1800), ("9" * 99 + "d", 36525 * 86400)],
)
def test_a_span_of_time_is_understood(text: str, seconds: float) -> None:
    assert durations.seconds("--since", text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1h 30m", "1.h"])
def test_a_span_that_is_none_is_refused_with_how_to_say_it(text: str) -> None:
    with pytest.raises(Impossible, match=r"--since.*1h"):
        durations.seconds("--since", text)


@pytest.mark.parametrize(("text", "rate"), [("10/s", 10), ("0.5", 0.5)])
def test_a_rate_is_understood(text: str, rate: float) -> None:
    assert durations.per_second("--rate", text) == rate


@pytest.mark.parametrize("text", ["0", "0/s", "-1", "10/m", "fast"])
def test_a_rate_that_is_none_is_refused_with_how_to_say_it(text: str) -> None:
    with pytest.raises(Impossible, match="10/s"):
        durations.per_second("--rate", text)


@pytest.mark.parametrize(
    ("span", "told"), [(3, "3 s"), (119, "119 s"), (480, "8 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_a_span_is_told_as_far_as_it_matters(span: float, told: str) -> None:
    assert durations.roughly(span) == told
