"""Histograms with cumulative buckets."""

from local.twin.histograms import Histogram


def test_bucket_counts_values_up_to_its_bound() -> None:
    took = Histogram((0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 2.0):
        took.observe(seconds, ("200",))
    ((values, buckets, total),) = took
    assert values == ("200",)
    assert buckets == [("0.1", 2.0), ("1.0", 3.0), ("+Inf", 4.0)]
    assert total == 2.65


def test_each_label_value_has_its_own_series() -> None:
    took = Histogram((1,))
    took.observe(0.5, ("200",))
    took.observe(0.5, ("503",))
    assert [values for values, _, _ in took] == [("200",), ("503",)]
