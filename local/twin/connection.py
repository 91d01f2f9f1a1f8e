"""A connection to a replica, which may serve one request after the other."""

import asyncio
from dataclasses import dataclass, field

import h11


@dataclass
class Connection:
    """An open connection, and how far its two ends are with each other."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    _listening: asyncio.Task[bytes] | None = None

    @property
    def is_done(self) -> bool:
        """Whether the answer is complete and nothing came behind it, so that another request may follow."""
        ends = self.protocol.our_state, self.protocol.their_state
        return ends == (h11.DONE, h11.DONE) and self.protocol.trailing_data == (b"", False)

    def rest(self) -> None:
        """Wait for the next request, and listen meanwhile: whatever comes now is no answer to it."""
        self.protocol.start_next_cycle()
        self._listening = asyncio.create_task(self.reader.read(1))

    async def has_rested(self) -> bool:
        """Whether nothing came since, not even the end."""
        if self._listening is None:
            return False
        self._listening.cancel()
        await asyncio.wait({self._listening})
        return self._listening.cancelled() and not self.writer.is_closing()

    def close(self) -> None:
        """Whatever is under way."""
        if self._listening:
            self._listening.cancel()
        self.writer.transport.abort()
