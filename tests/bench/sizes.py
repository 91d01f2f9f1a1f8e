"""How much is measured: enough to be sure, or enough to see."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many of what: `pages` in a round, `batch` documents four times, a burst of outcomes of `documents`.

    `pairs` of events go with and without the twin between, and `batches` of them for its CPU. Models make `passes`.
    """

    rounds: int
    pages: int
    letters: int = 25
    naps: int
    book: int
    batch: int
    bursts: int
    documents: int
    pairs: int
    batches: int
    passes: int


FULL = Sizes(rounds=7, pages=36, naps=5, book=1000, batch=500, bursts=5, documents=400, pairs=400, batches=6, passes=20)
QUICK = Sizes(rounds=3, pages=12, naps=2, book=100, batch=50, bursts=3, documents=200, pairs=100, batches=2, passes=5)
