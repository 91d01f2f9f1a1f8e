"""The offset of a partition that a source may commit: all records with lower offsets are done."""


class PartitionOffsets:
    """The offsets of one partition. Records arrive in order, and may be done in any order.

    A record is done when it is delivered, dead-lettered or lost, so that it must not be delivered again.
    """

    def __init__(self) -> None:
        self._open_offsets: dict[int, None] = {}
        self._next_offset: int | None = None
        self._committed_offset: int | None = None

    def mark_received(self, offset: int) -> None:
        self._open_offsets[offset] = None
        self._next_offset = offset + 1

    def mark_done(self, offset: int) -> None:
        del self._open_offsets[offset]

    def get_uncommitted_offset(self) -> int | None:
        """Return the offset to commit: that of the first received record that is not done, else the next offset.

        Return None if this offset is already committed, or if no record was received.
        """
        offset = next(iter(self._open_offsets), self._next_offset)
        return None if offset == self._committed_offset else offset

    def mark_committed(self, offset: int) -> None:
        self._committed_offset = offset

    @property
    def open_count(self) -> int:
        """The number of received records that are not done."""
        return len(self._open_offsets)

    def compute_lag(self, end: int) -> int:
        """Return the number of records that are not done, up to the end offset `end` of the partition.

        A negative `end` means that the end offset is unknown. Then count only received records. Before the first
        received record, count from offset 0.
        """
        return max(0, end - next(iter(self._open_offsets), self._next_offset or 0)) if end >= 0 else self.open_count
