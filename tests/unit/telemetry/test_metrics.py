"""Metrics add up, and are shown as Prometheus reads them."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.telemetry import metrics
from local.telemetry.metrics import Metrics
from local.telemetry.naming import metric_name
from tests.unit.telemetry.exports import counter, export, gauge, histogram


def shown(kept: Metrics) -> dict[str, float]:
    """Every sample as Prometheus' own parser reads it, without what names the service."""
    found = {}
    for family in text_string_to_metric_families(kept.exposition().decode()):
        for sample in family.samples:
            labels = {key: text for key, text in sample.labels.items() if key not in {"job", "service_name"}}
            told = ",".join(f"{key}={text}" for key, text in sorted(labels.items()))
            found[f"{sample.name}{{{told}}}"] = sample.value
    return found


def test_what_several_replicas_tell_is_added_up() -> None:
    kept = Metrics()
    for instance, count in (("one", 2), ("one", 3), ("two", 4)):
        assert kept.add(export(counter(count, engine="tesseract"), instance=instance)) == []
    assert shown(kept) == {"pagebus_pages_total{engine=tesseract}": 9}


def test_attributes_and_services_tell_series_apart() -> None:
    kept = Metrics()
    labels: dict[str, Any] = {"page.state": "read", "n": 3, "cold": True}
    kept.add(export(counter(1, **labels)))
    kept.add(export(counter(2)))
    kept.add(export(counter(3), service="intake"))
    text = kept.exposition().decode()
    assert "# HELP pagebus_pages_total Pages that were read.\n# TYPE pagebus_pages_total counter\n" in text
    own = 'job="pagebus/tesseract",n="3",page_state="read",service_name="tesseract"'
    assert f'pagebus_pages_total{{cold="true",{own}}} 1.0\n' in text
    assert 'pagebus_pages_total{job="pagebus/tesseract",service_name="tesseract"} 2.0\n' in text
    assert 'pagebus_pages_total{job="pagebus/intake",service_name="intake"} 3.0\n' in text


def test_a_histogram_adds_up_bucket_by_bucket() -> None:
    kept = Metrics()
    kept.add(export(histogram([1, 2, 0], 1.5, [0.5, 1])))
    kept.add(export(histogram([0, 1, 1], 3.25, [0.5, 1]), instance="two"))
    assert shown(kept) == {
        "pagebus_read_duration_seconds_bucket{le=0.5}": 1,
        "pagebus_read_duration_seconds_bucket{le=1.0}": 4,
        "pagebus_read_duration_seconds_bucket{le=+Inf}": 5,
        "pagebus_read_duration_seconds_count{}": 5,
        "pagebus_read_duration_seconds_sum{}": 4.75,
    }


def test_a_gauge_is_what_each_replica_told_last_until_the_replica_is_gone() -> None:
    now = 0.0
    kept = Metrics(lambda: now)
    kept.add(export(gauge(1)))
    kept.add(export(gauge(2)))
    kept.add(export(gauge(5), instance="two"))
    kept.add(export(counter(1)))
    assert shown(kept)["pagebus_memory_bytes{instance=one}"] == 2
    assert shown(kept)["pagebus_memory_bytes{instance=two}"] == 5
    now = 200.0
    kept.add(export(gauge(6), instance="two"))
    now = 400.0
    assert shown(kept) == {"pagebus_memory_bytes{instance=two}": 6, "pagebus_pages_total{}": 1}


def test_what_goes_up_and_down_is_a_gauge_that_adds_up() -> None:
    kept = Metrics()
    for change in (3, -1):
        metric = counter(change)
        metric["sum"]["isMonotonic"] = False
        kept.add(export(metric))
    assert shown(kept) == {"pagebus_pages{}": 2}


def test_what_cannot_be_added_is_refused_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Metrics()
    kept.add(export(histogram([1, 2], 1, [0.5])))
    assert "_TEMPORALITY_PREFERENCE=delta" in kept.add(export(counter(1, temporality=2)))[0]
    assert "buckets" in kept.add(export(histogram([1, 2], 1, [0.7])))[0]
    assert "explicit buckets" in kept.add(export({"name": "x", "exponentialHistogram": {"dataPoints": [{}]}}))[0]
    monkeypatch.setattr(metrics, "_SERIES", 2)
    assert kept.add(export(counter(1, id=1))) == []
    assert "fewer values" in kept.add(export(counter(1, id=2)))[0]
    assert kept.add(export(counter(1, id=1))) == []
    assert shown(kept)["pagebus_pages_total{id=1}"] == 2


def test_a_histogram_that_contradicts_itself_is_an_error() -> None:
    with pytest.raises(ValueError, match="one count more"):
        Metrics().add(export(histogram([1], 1, [0.5, 1])))


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("pagebus.pages", "{page}", "counter", "pagebus_pages"),
        ("pagebus.pages.total", "1", "counter", "pagebus_pages"),
        ("pagebus.read.duration", "s", "histogram", "pagebus_read_duration_seconds"),
        ("pagebus.read.seconds", "s", "histogram", "pagebus_read_seconds"),
        ("queue share", "1", "gauge", "queue_share_ratio"),
        ("disk.io", "By/s", "gauge", "disk_io_bytes_per_second"),
        ("disk.io", "{event}/s", "gauge", "disk_io_per_second"),
        ("2nd", "furlong", "gauge", "_2nd_furlong"),
        ("", "", "gauge", "_"),
    ],
)
def test_names_follow_prometheus(name: str, unit: str, kind: str, expected: str) -> None:
    assert metric_name(name, unit, kind) == expected
