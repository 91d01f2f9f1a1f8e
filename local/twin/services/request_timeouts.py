"""The three timeouts of a request: in total, until the first byte, and without data.

Follows knative/serving, pkg/http/handler/timeout.go.
"""

import math

from local.manifests.serving import RevisionSpec

#: The activator's message; its time includes the queue and a cold start.
ACTIVATOR = b"activator request timeout"
#: The queue-proxy's message; it notices a pause in the data slightly before the activator.
QUEUE_PROXY = b"request timeout"


class RequestTimeouts:
    """The deadlines of a request that arrived at `now`; `expires` is a time of the same clock."""

    def __init__(self, revision: RevisionSpec, now: float) -> None:
        self._end = now + revision.timeout_seconds
        self._idle_timeout = revision.idle_timeout_seconds or math.inf
        self._idle_deadline = now + self._idle_timeout
        self._first_byte_deadline = now + revision.response_start_timeout

    @property
    def has_started(self) -> bool:
        return self._first_byte_deadline == math.inf

    @property
    def expires(self) -> float:
        return min(self._end, self._first_byte_deadline, self._idle_deadline)

    @property
    def message(self) -> bytes:
        """The body that the caller receives after a timeout."""
        return QUEUE_PROXY if self.has_started and self._idle_deadline < self._end else ACTIVATOR

    def record_write(self, now: float) -> float:
        """Record that a part of the response came, and return the new time at which the request expires."""
        self._first_byte_deadline, self._idle_deadline = math.inf, now + self._idle_timeout
        return self.expires
