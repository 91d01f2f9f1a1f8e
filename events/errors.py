"""Errors of an event itself. A bad document is not an error: it ends in an event with a reason code."""


class EventError(Exception):
    """An event that cannot be used. A retry does not help."""


class InvalidEvent(EventError):  # noqa: N818  # the name states what is wrong with the event, like its siblings
    """A message that is not a CloudEvent, or whose data does not match its type."""


class UnknownType(EventError):  # noqa: N818  # see InvalidEvent
    """An event of a type that no function handles."""
