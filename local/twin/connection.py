"""A connection to a replica that can serve one request after the other."""

import asyncio
from dataclasses import dataclass, field

import h11


@dataclass
class Connection:
    """An open connection and the HTTP state of both of its ends."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    _idle_read: asyncio.Task[bytes] | None = None

    @property
    def is_reusable(self) -> bool:
        """True if the response is complete and no more data followed it, so that another request can be sent."""
        states = self.protocol.our_state, self.protocol.their_state
        return states == (h11.DONE, h11.DONE) and self.protocol.trailing_data == (b"", False)

    def enter_idle(self) -> None:
        """Read in the background until the next request: data that arrives now belongs to no response."""
        self.protocol.start_next_cycle()
        self._idle_read = asyncio.create_task(self.reader.read(1))

    async def leave_idle(self) -> bool:
        """Return whether the connection is still open and received nothing while it was idle."""
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
