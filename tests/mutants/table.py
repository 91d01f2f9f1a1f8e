"""The mutants: the change of each, its file, and the tests that must detect it."""

from tests.mutants.mutant import Mutant

_UNIT = "tests/unit/twin/"

MUTANTS = (
    Mutant(
        "429 is not retried",
        "local/twin/sources/delivery.py",
        "frozenset({404, 408, 409, 429})",
        "frozenset({404, 408, 409})",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "503 is not retried",
        "local/twin/sources/delivery.py",
        "self.status >= _MIN_SERVER_ERROR or",
        "self.status >= _MIN_SERVER_ERROR and self.status != 503 or",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "backoff triples",
        "local/twin/sources/delivery.py",
        "2**attempt",
        "3**attempt",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "offsets are marked done before the function answers",
        "local/twin/sources/source.py",
        "                await self._deliver(record)\n            delivery.offsets.mark_done(record.offset)\n",
        "                delivery.offsets.mark_done(record.offset)\n                await self._deliver(record)\n",
        (_UNIT + "test_source_commits.py",),
    ),
    Mutant(
        "dead letters are counted and not sent",
        "local/twin/sources/source.py",
        "            await self._send_dead_letter(record, request, failure, trace)",
        "            self._dead_letters += 1",
        (_UNIT + "test_source_commits.py",),
    ),
    Mutant(
        "an ordered partition is delivered twice at a time",
        "local/twin/sources/polling.py",
        "if queue and partition not in self._delivering]",
        "if queue]",
        (_UNIT + "test_source_commits.py",),
    ),
    Mutant(
        "offsets are committed past open records",
        "local/twin/sources/offsets.py",
        "offset = next(iter(self._open_offsets), self._next_offset)",
        "offset = self._next_offset",
        (_UNIT + "test_offsets.py",),
    ),
    Mutant(
        "the panic window is doubled",
        "local/twin/services/kpa.py",
        "self.panic_window_percentage / 100",
        "2 * self.panic_window_percentage / 100",
        (_UNIT + "test_kpa.py",),
    ),
    Mutant(
        "scaling down is not halved",
        "local/twin/services/kpa.py",
        "lowest = math.floor(ready / config.max_scale_down_rate) if config.is_reachable else 0",
        "lowest = 0",
        (_UNIT + "test_kpa.py",),
    ),
    Mutant(
        "containerConcurrency is ignored",
        "local/twin/services/activator.py",
        "return not self._limit or backend.in_flight < self._limit",
        "return True",
        (_UNIT + "test_activator.py",),
    ),
    Mutant(
        "the traceparent keeps its span",
        "local/twin/sources/records.py",
        "str(parent.create_child())",
        "str(parent)",
        (_UNIT + "test_records.py",),
    ),
)
