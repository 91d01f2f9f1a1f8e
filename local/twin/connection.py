"""An HTTP connection, which the twin can use for several requests, one after the other."""

import asyncio
from dataclasses import dataclass, field

import h11


@dataclass
class Connection:
    """An open TCP connection, and the HTTP state of its client and its server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    _idle_read: asyncio.Task[bytes] | None = None

    @property
    def is_reusable(self) -> bool:
        """True if another request can be sent: request and response are complete, and no further data has arrived."""
        states = self.protocol.our_state, self.protocol.their_state
        return states == (h11.DONE, h11.DONE) and self.protocol.trailing_data == (b"", False)

    def enter_idle(self) -> None:
        """Mark the connection as idle. A read in the background detects unexpected data and a closed connection."""
        self.protocol.start_next_cycle()
        self._idle_read = asyncio.create_task(self.reader.read(1))

    async def leave_idle(self) -> bool:
        """Prepare for the next request. Return whether the connection is still open and received no data while idle."""
        if self._idle_read is None:
            return False
        self._idle_read.cancel()
        await asyncio.wait({self._idle_read})
        return self._idle_read.cancelled() and not self.writer.is_closing()

    def close(self) -> None:
        """Close the connection at once, even during a request or a response."""
        if self._idle_read:
            self._idle_read.cancel()
        self.writer.transport.abort()
