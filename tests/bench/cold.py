"""Measure cold starts: the time that a page takes in addition to its reading."""

import time
from collections.abc import Iterator
from statistics import median
from uuid import uuid4

from events.topics import DOCUMENTS, OUTCOMES, get_pages_topic
from tests.bench.documents import SCANS, create_text_pdf, load_sample, make_unique
from tests.bench.figures import Figure
from tests.bench.load_generator import COMPLETED, EventWatch, watch_topics
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack, wait_for

_ENGINE = "tesseract"
_SCALE_DOWN_TIMEOUT_S = 120


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    with watch_topics(stack, DOCUMENTS, OUTCOMES, get_pages_topic(_ENGINE, bulk=False)) as watch:
        results = []
        for number in range(sizes.cold_starts):
            results.append((_measure_all_cold(stack, watch), _measure_engine_cold(stack, watch)))
            (total, reading), added = results[-1]
            details = (
                f"{total:.2f} s with all functions cold, of which reading {reading:.2f} s; "
                f"{added:.2f} s in addition to reading with only the engine cold"
            )
            log(f"cold: start {number + 1} of {sizes.cold_starts}: {details}")
    how = (
        f"page.requested to page.recognized, minus seconds.reading, with {_ENGINE} at zero and the others running; "
        f"median of {sizes.cold_starts}"
    )
    yield Figure("cold_beyond_reading_s", median(added for _, added in results), how)
    reading = median(reading for (_, reading), _ in results)
    how = (
        f"upload of a scan to document.completed with every function at zero, {reading:.2f} s of it reading; "
        f"platform and twin are running"
    )
    yield Figure("all_cold_s", median(total for (total, _), _ in results), how)


def wait_for_zero_replicas(stack: PagebusStack, *names: str) -> None:
    """Wait until these functions, or all, have zero replicas and their processes have ended."""

    def is_at_zero() -> bool:
        chosen = [function for function in stack.get_state()["functions"] if not names or function["name"] in names]
        idle = not any(function["desired"] or function["ready"] or function["queue_length"] for function in chosen)
        return idle and not any(stack.list_processes(function["name"].replace("-", "_")) for function in chosen)

    wait_for(is_at_zero, within=_SCALE_DOWN_TIMEOUT_S, what=f"zero replicas of {', '.join(names) or 'all'}")


def _measure_all_cold(stack: PagebusStack, watch: EventWatch) -> tuple[float, float]:
    """Return the seconds from the upload to the end of the document, and the seconds of reading among them."""
    content = make_unique(load_sample(SCANS[0]))
    store, bucket, key = stack.create_s3_client(), stack.environment["UPLOADS_BUCKET"], f"in/bench/{uuid4()}.png"
    wait_for_zero_replicas(stack)
    began = time.time()
    store.put_object(Bucket=bucket, Key=key, Body=content)
    total = watch.wait_for_event(COMPLETED, key).sent_at - began
    return total, float(watch.wait_for_event("page.recognized", key).body["seconds"]["reading"])


def _measure_engine_cold(stack: PagebusStack, watch: EventWatch) -> float:
    """Return the seconds from page request to outcome without reading, while all other functions are running."""
    wait_for_zero_replicas(stack, _ENGINE)
    warm_up, key = f"in/bench/{uuid4()}.pdf", f"in/bench/{uuid4()}.png"
    stack.upload(warm_up, create_text_pdf())
    watch.wait_for_event(COMPLETED, warm_up)
    stack.upload(key, make_unique(load_sample(SCANS[0])))
    read = watch.wait_for_event("page.recognized", key)
    return read.sent_at - watch.wait_for_event("page.requested", key).sent_at - float(read.body["seconds"]["reading"])
