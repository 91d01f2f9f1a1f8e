"""Names as people type and read them: event types, functions, and the beginnings of ids."""

import re
from urllib.parse import urlsplit
from uuid import UUID

from events.catalogue import OURS, RAW
from local.cli.errors import Impossible

_VERSION = re.compile(r"\.v\d+$")
_RAW = "raw record"


def short(event_type: str) -> str:
    """A type of ours without what all of them share."""
    if event_type == RAW:
        return _RAW
    return _VERSION.sub("", event_type.removeprefix(OURS)) if event_type.startswith(OURS) else event_type


def is_of(event_type: str, pattern: str) -> bool:
    """Whether it is of this type, whole or short; `*` stands for anything."""
    wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)
    return any(wanted.fullmatch(name) for name in (event_type, short(event_type)))


def like(pattern: str) -> list[str]:
    """The same question for SQL: what one of these is LIKE, `is_of` this pattern."""
    written = re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%")
    raw = [RAW] if is_of(RAW, pattern) else []
    return [written, f"{OURS}{written}.v_", f"{OURS}{written}.v__", *raw]


def function_of(url: str) -> str:
    """The Service behind an address inside the cluster; of another address, the host."""
    host = urlsplit(url).hostname or url
    return host.partition(".")[0] if host.endswith(".svc.cluster.local") else host


def id_range(prefix: str, *, what: str, where: str) -> tuple[UUID, UUID]:
    """The first and the last id that begin so. Raises Impossible, naming the verb that lists them (`where`)."""
    digits = prefix.replace("-", "")
    if not digits:
        raise Impossible(f"Give a {what}'s id, or the beginning of one. `{where}` lists them.")
    try:
        return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    except ValueError as error:
        raise Impossible(f"{prefix!r} is not the beginning of a {what}'s id, such as 0f3a9c1e.") from error
