"""The consensus of two engines on one page. It is built once, and stored like a reading of an engine."""

import time

from events.page import PageRequested
from functions.engine.consensus.lexicon import build_word_check
from functions.engine.consensus.merging import CONSENSUS, build_consensus_version, merge_readings
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore
from functions.runtime.telemetry.spans import trace_span


def find_or_build_consensus(request: PageRequested, reading: Reading, readings: ReadingStore) -> Reading:
    """Return the consensus of `reading` and the best reading of an earlier engine. Build and store it if necessary.

    Return `reading` if no other engine has a reading. The consensus has the higher confidence of the two readings. The
    stored confidence is ignored, because it can come from an older calibration. Raise Unavailable if the object store
    does not answer, and InvalidEvent if `request.best` refers to another page.
    """
    earlier = readings.load_ref(request, request.best) if request.best else None
    if earlier is None or earlier.engine == reading.engine:
        return reading
    version = build_consensus_version(*((source.engine, source.engine_version) for source in (earlier, reading)))
    consensus = readings.find(request, CONSENSUS, version)
    if consensus is None:
        consensus = readings.save_if_absent(request, _build_consensus(earlier, reading))
    return consensus.model_copy(update={"confidence": max(earlier.confidence, reading.confidence)})


def _build_consensus(earlier: Reading, later: Reading) -> Reading:
    started = time.monotonic()
    with trace_span("vote"):
        merged = merge_readings(earlier, later, build_word_check(later.languages))
    timings = {earlier.engine: earlier.seconds, later.engine: later.seconds, "vote": time.monotonic() - started}
    return merged.model_copy(update={"timings": timings, "seconds": sum(timings.values())})


def describe_consensus(result: Reading) -> str:
    """Return a message about the disagreements of the engines, or about the lack of a second engine.

    `result` is the result of a request for a consensus.
    """
    if result.engine != CONSENSUS:
        return "no second engine was available for a consensus"
    disagreements, words = result.signals["disagreements"], result.signals["words"]
    return f"{' and '.join(result.made_of)} differ in {disagreements:.0f} of {words:.0f} words"
