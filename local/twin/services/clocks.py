"""The timeouts of one request: the whole, its first byte, and silence; knative/serving pkg/http/handler/timeout.go."""

import math

from local.manifests.serving import RevisionSpec

#: The activator's word; it counts queueing and a cold start too.
ACTIVATOR = b"activator request timeout"
#: The queue-proxy's word, which notices silence a moment before the activator does.
QUEUE_PROXY = b"request timeout"


class Clocks:
    """Set when a request comes; `now` and `expires` are of the same clock."""

    def __init__(self, revision: RevisionSpec, now: float) -> None:
        self._end = now + revision.timeout_seconds
        self._idle = revision.idle_timeout_seconds or math.inf
        self._silence = now + self._idle
        self._start = now + revision.response_start_timeout

    @property
    def started(self) -> bool:
        return self._start == math.inf

    @property
    def expires(self) -> float:
        return min(self._end, self._start, self._silence)

    @property
    def text(self) -> bytes:
        """What the caller is told when it has expired."""
        return QUEUE_PROXY if self.started and self._silence < self._end else ACTIVATOR

    def wrote(self, now: float) -> float:
        """Something of the answer has come: when it expires now."""
        self._start, self._silence = math.inf, now + self._idle
        return self.expires
