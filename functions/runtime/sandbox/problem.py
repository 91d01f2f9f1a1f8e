"""What is wrong with a document, said by whoever opened it."""


class DocumentProblem(Exception):  # noqa: N818  # a bad document is no error of ours
    """A document, or a page of it, cannot be read. `reason` is a code of events.reasons, `message` is for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
