"""A document that intake turns away."""

from events.reasons import Rejection


class Refusal(Exception):  # noqa: N818  # a bad document is no error of ours
    """Ends in `document.rejected`. The message is for people: what is wrong, and what to do."""

    def __init__(self, reason: Rejection, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def gone() -> Refusal:
    """The bytes are no longer there. Under the same name they would be the same document, and its end is final."""
    message = "The object was removed or replaced before it was read; upload it under another name."
    return Refusal(Rejection.NOT_FOUND, message)
