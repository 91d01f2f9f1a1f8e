"""What can be wrong with an event itself. A bad document is no error: it ends in an event with a reason."""


class EventError(Exception):
    """The event cannot be used, and trying again will not change that."""


class InvalidEvent(EventError):  # noqa: N818  # it names the event's state, as its siblings do
    """The event is not a CloudEvent, or its data does not fit its type."""


class UnknownType(EventError):  # noqa: N818  # see InvalidEvent
    """No function knows events of this type."""
