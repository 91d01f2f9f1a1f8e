"""Tests of summing metrics and of rendering them for Prometheus."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.telemetry import metrics
from local.telemetry.metric_names import build_metric_name
from local.telemetry.metrics import MetricStore
from tests.unit.telemetry.metric_exports import build_counter, build_export, build_gauge, build_histogram


def parse_samples(store: MetricStore) -> dict[str, float]:
    """Return every sample as Prometheus' own parser reads it, without the labels of the service."""
    samples = {}
    for family in text_string_to_metric_families(store.render().decode()):
        for sample in family.samples:
            labels = {key: text for key, text in sample.labels.items() if key not in {"job", "service_name"}}
            suffix = ",".join(f"{key}={text}" for key, text in sorted(labels.items()))
            samples[f"{sample.name}{{{suffix}}}"] = sample.value
    return samples


def test_increments_of_several_replicas_are_summed() -> None:
    store = MetricStore()
    for instance, count in (("one", 2), ("one", 3), ("two", 4)):
        assert store.add(build_export(build_counter(count, engine="tesseract"), instance=instance)) == []
    assert parse_samples(store) == {"pagebus_pages_total{engine=tesseract}": 9}


def test_attributes_and_service_identify_a_series() -> None:
    store = MetricStore()
    labels: dict[str, Any] = {"page.state": "read", "n": 3, "cold": True}
    store.add(build_export(build_counter(1, **labels)))
    store.add(build_export(build_counter(2)))
    store.add(build_export(build_counter(3), service="intake"))
    text = store.render().decode()
    assert "# HELP pagebus_pages_total Pages that were read.\n# TYPE pagebus_pages_total counter\n" in text
    own = 'job="pagebus/tesseract",n="3",page_state="read",service_name="tesseract"'
    assert f'pagebus_pages_total{{cold="true",{own}}} 1.0\n' in text
    assert 'pagebus_pages_total{job="pagebus/tesseract",service_name="tesseract"} 2.0\n' in text
    assert 'pagebus_pages_total{job="pagebus/intake",service_name="intake"} 3.0\n' in text


def test_histograms_are_summed_by_bucket() -> None:
    store = MetricStore()
    store.add(build_export(build_histogram([1, 2, 0], 1.5, [0.5, 1])))
    store.add(build_export(build_histogram([0, 1, 1], 3.25, [0.5, 1]), instance="two"))
    assert parse_samples(store) == {
        "pagebus_read_duration_seconds_bucket{le=0.5}": 1,
        "pagebus_read_duration_seconds_bucket{le=1.0}": 4,
        "pagebus_read_duration_seconds_bucket{le=+Inf}": 5,
        "pagebus_read_duration_seconds_count{}": 5,
        "pagebus_read_duration_seconds_sum{}": 4.75,
    }


def test_gauge_has_last_value_until_replica_ends() -> None:
    now = 0.0
    store = MetricStore(lambda: now)
    store.add(build_export(build_gauge(1)))
    store.add(build_export(build_gauge(2)))
    store.add(build_export(build_gauge(5), instance="two"))
    store.add(build_export(build_counter(1)))
    assert parse_samples(store)["pagebus_memory_bytes{instance=one}"] == 2
    assert parse_samples(store)["pagebus_memory_bytes{instance=two}"] == 5
    now = 200.0
    store.add(build_export(build_gauge(6), instance="two"))
    now = 400.0
    assert parse_samples(store) == {"pagebus_memory_bytes{instance=two}": 6, "pagebus_pages_total{}": 1}


def test_counter_that_can_fall_is_a_summed_gauge() -> None:
    store = MetricStore()
    for change in (3, -1):
        metric = build_counter(change)
        metric["sum"]["isMonotonic"] = False
        store.add(build_export(metric))
    assert parse_samples(store) == {"pagebus_pages{}": 2}


def test_refusal_of_a_point_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MetricStore()
    store.add(build_export(build_histogram([1, 2], 1, [0.5])))
    assert "_TEMPORALITY_PREFERENCE=delta" in store.add(build_export(build_counter(1, temporality=2)))[0]
    assert "buckets" in store.add(build_export(build_histogram([1, 2], 1, [0.7])))[0]
    assert "explicit buckets" in store.add(build_export({"name": "x", "exponentialHistogram": {"dataPoints": [{}]}}))[0]
    monkeypatch.setattr(metrics, "_MAX_SERIES", 2)
    assert store.add(build_export(build_counter(1, id=1))) == []
    assert "fewer values" in store.add(build_export(build_counter(1, id=2)))[0]
    assert store.add(build_export(build_counter(1, id=1))) == []
    assert parse_samples(store)["pagebus_pages_total{id=1}"] == 2


def test_histogram_with_wrong_number_of_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="one count more"):
        MetricStore().add(build_export(build_histogram([1], 1, [0.5, 1])))


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
def test_metric_name_follows_prometheus(name: str, unit: str, kind: str, expected: str) -> None:
    assert build_metric_name(name, unit, kind) == expected
