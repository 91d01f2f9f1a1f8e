"""What a function can be short of. A bad document is no error: it ends in an event with a reason."""

import errno

#: What the system says of a disk that is full.
FULL = {errno.ENOSPC, errno.EDQUOT}


class Unavailable(Exception):  # noqa: N818  # it names the state of a dependency
    """A dependency is down, slow or full: nothing is lost, the source tries again."""


class Gone(Exception):  # noqa: N818  # it names the state of an object
    """The object is no longer there."""


class Changed(Exception):  # noqa: N818  # it names the state of an object
    """There are other bytes under this key than the ones that were announced."""


class TooLarge(Exception):  # noqa: N818  # it names the state of an object
    """The object has more bytes than are allowed."""


class Unstartable(Exception):  # noqa: N818  # it names the state of the function
    """The function cannot begin its work. The message is for who runs it, and says what to change."""
