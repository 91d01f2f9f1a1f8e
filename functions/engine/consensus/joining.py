"""The one reading that two engines' readings of a page become, made once and kept as any engine's is."""

import time

from events.page import PageRequested
from functions.engine.consensus.consensus import CONSENSUS, consensus, consensus_version
from functions.engine.consensus.lexicon import lexicon
from functions.reading.reading import Reading
from functions.reading.store import Readings
from functions.runtime.telemetry.spans import span


def joined(request: PageRequested, mine: Reading, readings: Readings) -> Reading:
    """What this engine and the one before it have read, made or found; `mine` where no other engine's is to be had.

    It is as sure as the surer of both is now: found, it was kept as sure as tables were of them on that day.
    Raises Unavailable, and InvalidEvent for a reference to another page.
    """
    earlier = readings.behind(request, request.best) if request.best else None
    if earlier is None or earlier.engine == mine.engine:
        return mine
    version = consensus_version(*((one.engine, one.engine_version) for one in (earlier, mine)))
    kept = readings.find(request, CONSENSUS, version) or readings.keep(request, _made(earlier, mine))
    return kept.model_copy(update={"confidence": max(earlier.confidence, mine.confidence)})


def _made(earlier: Reading, mine: Reading) -> Reading:
    began = time.monotonic()
    with span("vote"):
        made = consensus(earlier, mine, lexicon(mine.languages))
    timings = {earlier.engine: earlier.seconds, mine.engine: mine.seconds, "vote": time.monotonic() - began}
    return made.model_copy(update={"timings": timings, "seconds": sum(timings.values())})


def told(request: PageRequested, best: Reading) -> str:
    """How it stands with the consensus that was asked for."""
    if best.engine != CONSENSUS:
        return "no second engine could be had for a consensus" if request.consensus else ""
    differing, words = best.signals["disagreements"], best.signals["words"]
    return f"{' and '.join(best.made_of)} differ in {differing:.0f} of {words:.0f} words"
