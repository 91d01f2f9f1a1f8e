"""Durations as Prometheus counts them."""

from local.twin.latencies import Latencies


def test_a_bound_counts_all_that_took_as_long_or_less() -> None:
    took = Latencies((0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 2.0):
        took.observe(seconds, ("200",))
    ((values, buckets, total),) = took
    assert values == ("200",)
    assert buckets == [("0.1", 2.0), ("1.0", 3.0), ("+Inf", 4.0)]
    assert total == 2.65


def test_each_value_of_a_label_has_a_series_of_its_own() -> None:
    took = Latencies((1,))
    took.observe(0.5, ("200",))
    took.observe(0.5, ("503",))
    assert [values for values, _, _ in took] == [("200",), ("503",)]
