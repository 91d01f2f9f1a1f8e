"""The offset of a partition that may be committed: all records below it are done."""


class PartitionOffsets:
    """The records of one partition. They arrive in order and may be done in any order."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._next: int | None = None
        self._committed: int | None = None

    def mark_received(self, offset: int) -> None:
        self._open[offset] = None
        self._next = offset + 1

    def mark_done(self, offset: int) -> None:
        del self._open[offset]

    def get_uncommitted(self) -> int | None:
        """Return the first offset that is not done, or None if it is already committed."""
        offset = next(iter(self._open), self._next)
        return None if offset == self._committed else offset

    def mark_committed(self, offset: int) -> None:
        self._committed = offset

    @property
    def open_count(self) -> int:
        return len(self._open)

    def compute_lag(self, end: int) -> int:
        """Return the number of records below the offset `end` that are not done, including those not yet received."""
        return max(0, end - next(iter(self._open), self._next or 0)) if end >= 0 else self.open_count
