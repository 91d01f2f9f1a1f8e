"""Names made of what a thing is, so that doing it twice is doing it once.

A name is encoded as UTF-8, without Unicode normalisation: S3 keys are bytes, and two keys that only look alike are two.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID, uuid5

#: The root of all names. Part of the contract: changing it renames every document.
NAMESPACE = UUID("9b0f5ac0-3f0e-5c1b-9a57-0d6c8f4f2e11")


#: Where uploads notify, and where they wait for somebody's own event.
IN, ANNOUNCED = "in", "announced"
_TENANT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What an event is about, as far as it makes a difference."""

    document: UUID | None = None
    page: int | None = None
    engine: str = ""
    parameters: str = ""
    attempt: int = 0


def document_id(*, tenant: str, bucket: str, key: str, etag: str, run: int = 0) -> UUID:
    """Name the document that is these bytes under this key. Only a key can hold a slash, so no two names collide."""
    return uuid5(NAMESPACE, f"{tenant}/{bucket}/{key}/{etag.strip(chr(34))}/{run}")


def tenant_of(key: str) -> str:
    """The folder under in/ or announced/; empty when the key has none that can be part of other keys."""
    folder, _, rest = key.partition("/")
    tenant, _, name = rest.partition("/")
    return tenant if folder in (IN, ANNOUNCED) and name and _TENANT.fullmatch(tenant) else ""


def event_id(event_type: str, identity: Identity) -> UUID:
    """Name an event: type/document/page/engine-version/parameters/attempt, each percent-encoded, absent ones empty."""
    parts = (
        event_type,
        str(identity.document or ""),
        str(identity.page or ""),
        identity.engine,
        identity.parameters,
        str(identity.attempt or ""),
    )
    return uuid5(NAMESPACE, "/".join(quote(part, safe="") for part in parts))


def object_id(bucket: str, key: str) -> UUID:
    """Name an object, whatever its bytes: the Kafka key of an upload, which must not show a file name."""
    return uuid5(NAMESPACE, f"{bucket}/{key}")
