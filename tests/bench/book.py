"""Measure the peak memory while a long document is read, and whether memory grows with the pages."""

import time
from collections.abc import Iterable, Iterator
from uuid import uuid4

from events.topics import DOCUMENTS
from tests.bench.documents import create_book
from tests.bench.figures import Figure
from tests.bench.load_generator import run_load, watch_topics
from tests.bench.processes import PARTS, Amounts, record_memory
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

_SAMPLE_INTERVAL_S = 0.5
_MAX_SECONDS_PER_PAGE = 2


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    log(f"book: creating {sizes.book_pages} pages")
    content = create_book(sizes.book_pages)
    log(f"book: reading {sizes.book_pages} pages, {len(content) / 1e6:.0f} MB")
    began = time.monotonic()
    with watch_topics(stack, DOCUMENTS) as watch, record_memory(stack.home, _SAMPLE_INTERVAL_S) as samples:
        document = (f"in/bench/{uuid4()}.pdf", content)
        run_load(stack, watch, [document], in_flight=1, within=60 + _MAX_SECONDS_PER_PAGE * sizes.book_pages)
    seconds = time.monotonic() - began
    peaks = _find_peaks(samples)
    largest = max((name for name in peaks if name not in PARTS), key=lambda name: peaks[name])
    details = ", ".join(f"{name} {used:.0f}" for name, used in sorted(peaks.items(), key=lambda peak: -peak[1]))
    how = (
        f"{sizes.book_pages} pages in {seconds:.0f} s; the largest function was {largest}; peak PSS per part: {details}"
    )
    yield Figure("book_1000_peak_mb", peaks[largest], how)
    middle = began + seconds / 2
    first = _find_peaks(sample for sample in samples if sample[0] <= middle)
    second = _find_peaks(sample for sample in samples if sample[0] > middle)
    largest = max((name for name in first if name not in PARTS), key=lambda name: first[name])
    how = f"peak in the second half divided by peak in the first, of {largest}, the largest function of the first half"
    yield Figure("book_1000_flatness", second.get(largest, 0.0) / first[largest], how)


def _find_peaks(samples: Iterable[tuple[float, Amounts]]) -> dict[str, float]:
    """Return the largest memory of any process with the same name, in megabytes by name."""
    peaks: dict[str, float] = {}
    for _, used in samples:
        for (name, _), megabytes in used.items():
            peaks[name] = max(peaks.get(name, 0.0), megabytes)
    return peaks
