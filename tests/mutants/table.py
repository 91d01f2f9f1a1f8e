"""The mutants: what each breaks, where, and which tests must notice."""

from tests.mutants.mutant import Mutant

_UNIT = "tests/unit/twin/"

MUTANTS = (
    Mutant(
        "429 is not tried again",
        "local/twin/delivery.py",
        "frozenset({404, 408, 409, 429})",
        "frozenset({404, 408, 409})",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "503 is not tried again",
        "local/twin/delivery.py",
        "self.status >= _SERVER_ERRORS or",
        "self.status >= _SERVER_ERRORS and self.status != 503 or",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "backoff grows by threes",
        "local/twin/delivery.py",
        "2**attempt",
        "3**attempt",
        (_UNIT + "test_delivery.py",),
    ),
    Mutant(
        "dead letters are not sent",
        "local/twin/source.py",
        "            await self._dead_letter(record, sent, failure, trail)",
        "            self._dead_letters += 1",
        ("tests/e2e/twin/test_sources.py::test_what_cannot_pass_becomes_a_dead_letter_with_what_it_met",),
    ),
    Mutant(
        "offsets are committed past what is open",
        "local/twin/offsets.py",
        "offset = next(iter(self._open), self._next)",
        "offset = self._next",
        (_UNIT + "test_offsets.py",),
    ),
    Mutant(
        "the panic window is doubled",
        "local/twin/kpa.py",
        "_PANIC_WINDOW_SHARE = 0.10",
        "_PANIC_WINDOW_SHARE = 0.20",
        (_UNIT + "test_kpa.py",),
    ),
    Mutant(
        "scaling down is not halved",
        "local/twin/kpa.py",
        "down = math.floor(observed.ready / _MAX_SCALE_DOWN_RATE)",
        "down = 0",
        (_UNIT + "test_kpa.py",),
    ),
    Mutant(
        "containerConcurrency is ignored",
        "local/twin/activator.py",
        "if not self._limit or found.in_flight < self._limit",
        "if not self._limit or found.in_flight >= 0",
        (_UNIT + "test_activator.py",),
    ),
    Mutant(
        "the traceparent keeps its span",
        "local/twin/records.py",
        "str(came.child())",
        "str(came)",
        (_UNIT + "test_records.py",),
    ),
)
