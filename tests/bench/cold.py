"""From zero: what a page waits for beside its reading."""

import time
from collections.abc import Iterator
from statistics import median
from uuid import uuid4

from events.topics import DOCUMENTS, OUTCOMES, pages_topic
from tests.bench.documents import SCANS, letter, sample, varied
from tests.bench.figures import Figure
from tests.bench.load import COMPLETED, Watch, watching
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running, eventually

_ENGINE = "tesseract"
_ASLEEP_S = 120


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    with watching(system, DOCUMENTS, OUTCOMES, pages_topic(_ENGINE, bulk=False)) as watch:
        naps = []
        for number in range(sizes.naps):
            naps.append((_all_cold(system, watch), _engine_cold(system, watch)))
            (took, reading), beyond = naps[-1]
            told = f"{took:.2f} s with all cold, of which reading {reading:.2f}; the engine alone {beyond:.2f} s"
            say(f"cold: nap {number + 1} of {sizes.naps}: {told}")
    how = (
        f"page.requested to page.recognized, less seconds.reading, with {_ENGINE} at zero and the others awake; "
        f"median of {sizes.naps}"
    )
    yield Figure("cold_beyond_reading_s", median(beyond for _, beyond in naps), how)
    reading = median(reading for (_, reading), _ in naps)
    how = f"upload of a scan to document.completed with every function at zero, {reading:.2f} s of it reading"
    yield Figure("all_cold_s", median(took for (took, _), _ in naps), f"{how}; the platform and the twin are up")


def asleep(system: Running, *names: str) -> None:
    """Wait until these functions, or all, are at zero, their processes too."""

    def at_zero() -> bool:
        chosen = [found for found in system.state()["functions"] if not names or found["name"] in names]
        idle = not any(found["desired"] or found["ready"] or found["queue"] for found in chosen)
        return idle and not any(system.processes(found["name"].replace("-", "_")) for found in chosen)

    eventually(at_zero, within=_ASLEEP_S, what=f"zero replicas of {', '.join(names) or 'all'}")


def _all_cold(system: Running, watch: Watch) -> tuple[float, float]:
    """Seconds from the upload to the end, and those of reading among them."""
    content = varied(sample(SCANS[0]))
    store, bucket, key = system.s3(), system.environment["UPLOADS_BUCKET"], f"in/bench/{uuid4()}.png"
    asleep(system)
    began = time.time()
    store.put_object(Bucket=bucket, Key=key, Body=content)
    took = watch.event(COMPLETED, key).sent - began
    return took, float(watch.event("page.recognized", key).body["seconds"]["reading"])


def _engine_cold(system: Running, watch: Watch) -> float:
    """Seconds from the request to the outcome that were not reading, while the others are awake."""
    asleep(system, _ENGINE)
    awake, key = f"in/bench/{uuid4()}.pdf", f"in/bench/{uuid4()}.png"
    system.upload(awake, letter())
    watch.event(COMPLETED, awake)
    system.upload(key, varied(sample(SCANS[0])))
    read = watch.event("page.recognized", key)
    return read.sent - watch.event("page.requested", key).sent - float(read.body["seconds"]["reading"])
