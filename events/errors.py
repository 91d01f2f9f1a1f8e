"""Errors about unusable events. A bad document is not such an error: an event with a reason code reports it."""


class EventError(Exception):
    """An event that cannot be used. A retry does not help."""


class InvalidEvent(EventError):  # noqa: N818  # the name says what is wrong with the event
    """A message that is not a CloudEvent, or whose data does not match its type."""


class UnknownType(EventError):  # noqa: N818  # the name says what is wrong with the event
    """An event of a type that no function handles."""
