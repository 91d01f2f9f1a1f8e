"""Memory while a long document is read: how much, and whether it grows with the pages."""

import time
from collections.abc import Iterable, Iterator
from uuid import uuid4

from events.topics import DOCUMENTS
from tests.bench.documents import book
from tests.bench.figures import Figure
from tests.bench.load import pump, watching
from tests.bench.processes import PARTS, Held, watched
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

_EVERY_S = 0.5
_MOST_S_A_PAGE = 2


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    say(f"book: making {sizes.book} pages")
    content = book(sizes.book)
    say(f"book: reading {sizes.book} pages, {len(content) / 1e6:.0f} MB")
    began = time.monotonic()
    with watching(system, DOCUMENTS) as watch, watched(system.home, _EVERY_S) as looks:
        document = (f"in/bench/{uuid4()}.pdf", content)
        pump(system, watch, [document], under_way=1, within=60 + _MOST_S_A_PAGE * sizes.book)
    took = time.monotonic() - began
    peaks = _peaks(looks)
    most = max((name for name in peaks if name not in PARTS), key=lambda name: peaks[name])
    told = ", ".join(f"{name} {used:.0f}" for name, used in sorted(peaks.items(), key=lambda peak: -peak[1]))
    how = f"{sizes.book} pages in {took:.0f} s; the largest of any function was {most}; PSS of the largest: {told}"
    yield Figure("book_1000_peak_mb", peaks[most], how)
    middle = began + took / 2
    first, second = (_peaks(look for look in looks if (look[0] > middle) == later) for later in (False, True))
    most = max((name for name in first if name not in PARTS), key=lambda name: first[name])
    how = f"peak of {most}, the largest of the first half, in the second half over the first"
    yield Figure("book_1000_flatness", second.get(most, 0.0) / first[most], how)


def _peaks(looks: Iterable[tuple[float, Held]]) -> dict[str, float]:
    """The most that any process of a name had."""
    peaks: dict[str, float] = {}
    for _, used in looks:
        for (name, _), megabytes in used.items():
            peaks[name] = max(peaks.get(name, 0.0), megabytes)
    return peaks
