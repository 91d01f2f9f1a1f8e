"""Which offset of a partition may be committed: everything below it is done."""


class Offsets:
    """Records of one partition, received in order and done in any order."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._next: int | None = None
        self._committed: int | None = None

    def received(self, offset: int) -> None:
        self._open[offset] = None
        self._next = offset + 1

    def done(self, offset: int) -> None:
        del self._open[offset]

    def to_commit(self) -> int | None:
        """The first offset that is not done, or None when that is committed already."""
        offset = next(iter(self._open), self._next)
        return None if offset == self._committed else offset

    def committed(self, offset: int) -> None:
        self._committed = offset

    @property
    def open(self) -> int:
        return len(self._open)

    def behind(self, end: int) -> int:
        """Records up to `end` that are not done, counting those that were never received."""
        return max(0, end - next(iter(self._open), self._next or 0)) if end >= 0 else self.open
