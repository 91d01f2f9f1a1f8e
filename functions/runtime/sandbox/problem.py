"""Error of a document that cannot be read."""


class DocumentProblem(Exception):  # noqa: N818  # a bad document is not an error of Pagebus
    """A document or page that cannot be read. `reason` is a code of events.reasons, `message` is for users."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
