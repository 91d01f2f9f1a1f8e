"""The three timeouts of a request: for the whole response, until its first byte, and for a pause in its data.

Follows knative/serving, pkg/http/handler/timeout.go.
"""

import math

from local.manifests.serving import RevisionSpec

#: The activator's message. Its timeouts include the wait in the queue and a cold start.
ACTIVATOR_MESSAGE = b"activator request timeout"
#: The queue-proxy's message after too long a pause in the data, which it notices slightly before the activator does.
QUEUE_PROXY_MESSAGE = b"request timeout"


class RequestTimeouts:
    """The deadlines of a request that arrived at `now`. All times are in seconds of one clock."""

    def __init__(self, revision: RevisionSpec, now: float) -> None:
        self._total_deadline = now + revision.timeout_seconds
        self._idle_timeout = revision.idle_timeout_seconds or math.inf
        self._idle_deadline = now + self._idle_timeout
        self._first_byte_deadline = now + revision.response_start_timeout

    @property
    def has_started(self) -> bool:
        """True if a part of the response has arrived."""
        return self._first_byte_deadline == math.inf

    @property
    def expires_at(self) -> float:
        """The time of the next deadline."""
        return min(self._total_deadline, self._first_byte_deadline, self._idle_deadline)

    @property
    def message(self) -> bytes:
        """The error text for the caller: the body of the response, or the end of a body that has started."""
        return (
            QUEUE_PROXY_MESSAGE
            if self.has_started and self._idle_deadline < self._total_deadline
            else ACTIVATOR_MESSAGE
        )

    def record_write(self, now: float) -> float:
        """Record that a part of the response arrived, and return the time of the next deadline."""
        self._first_byte_deadline, self._idle_deadline = math.inf, now + self._idle_timeout
        return self.expires_at
