"""The sizes of the measurements: a full run for reliable figures, and a quick run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Numbers of repetitions and of items in each measurement.

    A round reads `pages`. The drift measurement reads four batches of `documents_per_batch`. A burst has the outcomes
    of `documents_per_burst`. `event_pairs` and `event_batches` measure the twin's overhead in time and CPU.
    """

    rounds: int
    pages: int
    latency_documents: int = 25
    cold_starts: int
    book_pages: int
    documents_per_batch: int
    bursts: int
    documents_per_burst: int
    event_pairs: int
    event_batches: int
    forward_passes: int


FULL = Sizes(
    rounds=7,
    pages=36,
    cold_starts=5,
    book_pages=1000,
    documents_per_batch=500,
    bursts=5,
    documents_per_burst=400,
    event_pairs=400,
    event_batches=6,
    forward_passes=20,
)
QUICK = Sizes(
    rounds=3,
    pages=12,
    cold_starts=2,
    book_pages=100,
    documents_per_batch=50,
    bursts=3,
    documents_per_burst=200,
    event_pairs=100,
    event_batches=2,
    forward_passes=5,
)
