"""Errors of dependencies and stored objects. A bad document is not an error: an event with a reason code reports it."""

import errno

#: Error numbers of a full disk or an exhausted disk quota.
DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}


class Unavailable(Exception):  # noqa: N818  # the name states what is wrong with the dependency
    """A dependency that is down, slow or full. No work is lost: the source retries."""


class ObjectGone(Exception):  # noqa: N818  # the name states what is wrong with the object
    """An object that no longer exists."""


class ObjectChanged(Exception):  # noqa: N818  # the name states what is wrong with the object
    """An object whose content is not the content that the event announced."""


class ObjectTooLarge(Exception):  # noqa: N818  # the name states what is wrong with the object
    """An object with more bytes than the limit."""


class StartupError(Exception):
    """A function that cannot start. The message is for the operator and says what to change."""
