"""Ids computed from content (UUID version 5), so that repeated work creates events with the same ids.

The text from which an id is computed is not normalized (Unicode). S3 keys are bytes, so two keys that look alike can be
the keys of two objects.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID, uuid5

#: The namespace of all ids. It is part of the contract: another value would change the id of every document.
NAMESPACE = UUID("9b0f5ac0-3f0e-5c1b-9a57-0d6c8f4f2e11")

#: Folders of the uploads bucket. An upload to the first folder triggers a bucket notification. For an upload to the
#: second folder, the client must publish an event.
IN_FOLDER, ANNOUNCED_FOLDER = "in", "announced"
_TENANT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The values that distinguish an event from other events of its type."""

    document: UUID | None = None
    page: int | None = None
    engine: str = ""
    parameters: str = ""
    attempt: int = 0


def compute_document_id(*, tenant: str, bucket: str, key: str, etag: str, run: int = 0) -> UUID:
    """Return the id of a document: UUIDv5 of the tenant, the object's location, its ETag and the run number.

    The ETag stands for the object's bytes. Only `key` can contain a slash, so two documents never result in the same
    text.
    """
    return uuid5(NAMESPACE, f"{tenant}/{bucket}/{key}/{etag.strip(chr(34))}/{run}")


def extract_tenant(key: str) -> str:
    """Return the tenant in an object key: the folder below `in/` or `announced/`. Return "" if it is invalid."""
    folder, _, path = key.partition("/")
    tenant, _, name = path.partition("/")
    return tenant if folder in (IN_FOLDER, ANNOUNCED_FOLDER) and name and _TENANT.fullmatch(tenant) else ""


def compute_event_id(event_type: str, identity: Identity) -> UUID:
    """Return the id of an event: UUIDv5 of type/document/page/engine/parameters/attempt.

    Each part is percent-encoded; a missing part is empty.
    """
    parts = (
        event_type,
        str(identity.document or ""),
        str(identity.page or ""),
        identity.engine,
        identity.parameters,
        str(identity.attempt or ""),
    )
    return uuid5(NAMESPACE, "/".join(quote(part, safe="") for part in parts))


def compute_object_id(bucket: str, key: str) -> UUID:
    """Return the id of an object, computed from its location. As the Kafka key of uploads, it hides the file name."""
    return uuid5(NAMESPACE, f"{bucket}/{key}")
