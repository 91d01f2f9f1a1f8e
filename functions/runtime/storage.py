"""Objects in S3, by boto3: conditional writes, pinned reads, and one error for a store that is down."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.session import Session

from functions.runtime.errors import FULL, Changed, Gone, TooLarge, Unavailable
from functions.runtime.settings import StorageSettings
from functions.runtime.telemetry.spans import span

_CHUNK = 1024 * 1024
_IN_PARTS_FROM = 8 * 1024 * 1024
_NOT_FOUND = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "NoSuchBucket"}
#: Expired credentials and a wrong region are answered like this too, and say nothing about the object.
_BAD_REQUEST = {"400", "BadRequest"}
_NO_NAME = {"KeyTooLongError", "InvalidURI", "InvalidArgument", "InvalidRequest", "BadRequest"}
_PRECONDITION = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the store says about an object."""

    key: str
    size: int
    etag: str
    modified: datetime
    version_id: str | None = None
    metadata: dict[str, str]


@dataclass(frozen=True)
class Stream:
    """An object on its way: how many bytes, and the bytes in parts."""

    size: int
    parts: Iterator[bytes]


class Storage:
    """A connection to the store. Every method raises Unavailable when the store does not answer as it should."""

    def __init__(self, settings: StorageSettings, *, connections: int = 10) -> None:
        # A session of its own: the process's default one keeps the first credentials it saw. Of boto3's core, because
        # importing all of it takes a tenth of a second that a document would wait for.
        self._s3 = Session().create_client(
            "s3",
            endpoint_url=settings.aws_endpoint_url,
            region_name=settings.aws_region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if settings.aws_endpoint_url else "auto"},
                retries={"max_attempts": 3, "mode": "standard"},
                connect_timeout=3,
                read_timeout=20,
                max_pool_connections=connections,
                # Stores other than AWS do not all know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def head(self, bucket: str, key: str, version_id: str | None = None) -> Stored | None:
        """What is there, or None."""
        with span("look up"), _errors():
            try:
                said = self._s3.head_object(Bucket=bucket, Key=key, **_version(version_id))
            except ClientError as error:
                if _code(error) in _NOT_FOUND or (_code(error) in _BAD_REQUEST and self._cannot_name(bucket, key)):
                    return None
                raise
        return Stored(
            key=key,
            size=said["ContentLength"],
            etag=said["ETag"].strip('"'),
            modified=said["LastModified"],
            version_id=said.get("VersionId") or version_id,
            metadata=said.get("Metadata", {}),
        )

    def _cannot_name(self, bucket: str, key: str) -> bool:
        """Whether the store can have no object of this name. An answer to HEAD has no body to say so; GET's has."""
        try:
            self._s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
        except ClientError as error:
            return _code(error) in _NO_NAME
        return False

    def download(  # noqa: PLR0913  # what pins an object, and where to
        self, bucket: str, key: str, path: Path, *, etag: str, version_id: str | None = None, limit: int
    ) -> str:
        """Write exactly these bytes to `path`; returns their sha256 in hex. Raises Gone, Changed, TooLarge."""
        digest, size = hashlib.sha256(), 0
        with span("fetch"), _errors():
            body = self._get(bucket, key, etag, version_id)
            with path.open("wb") as file:
                for chunk in body.iter_chunks(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"more than {limit} bytes")
                    digest.update(chunk)
                    file.write(chunk)
        return digest.hexdigest()

    def get(self, bucket: str, key: str) -> bytes | None:
        """The object's bytes, or None."""
        with _errors():
            try:
                return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            except ClientError as error:
                if _code(error) in _NOT_FOUND:
                    return None
                raise

    def stream(self, bucket: str, key: str) -> Stream | None:
        """The object without holding it in memory, or None. Whoever stops reading early closes `parts`."""
        with _errors():
            try:
                said = self._s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if _code(error) in _NOT_FOUND:
                    return None
                raise
        return Stream(said["ContentLength"], _parts(said["Body"]))

    def put(self, bucket: str, key: str, body: bytes, media_type: str) -> None:
        """Write an object, in the place of what may be there."""
        with _errors():
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type)

    def put_new(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:
        """Write an object that must not be there yet; False when it was."""
        with _errors():
            try:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) in _PRECONDITION:
                    return False
                raise
        return True

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        """Write a file, in parts when it is large."""
        with span("upload"), _errors():
            if path.stat().st_size < _IN_PARTS_FROM:
                # The SDK's way for large files costs a pool of threads each time.
                with path.open("rb") as body:
                    self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type)
            else:
                _upload_in_parts(self._s3, bucket, key, path, media_type)

    def list(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[Stored]:
        """Up to `limit` (at most 1,000) objects in order of key, from behind `after`."""
        with _errors():
            said = self._s3.list_objects_v2(
                Bucket=bucket, Prefix=prefix, MaxKeys=limit, **({"StartAfter": after} if after else {})
            )
        return [
            Stored(
                key=found["Key"],
                size=found["Size"],
                etag=found["ETag"].strip('"'),
                modified=found["LastModified"],
                metadata={},
            )
            for found in said.get("Contents", [])
        ]

    def _get(self, bucket: str, key: str, etag: str, version_id: str | None) -> Any:
        try:
            return self._s3.get_object(Bucket=bucket, Key=key, IfMatch=f'"{etag}"', **_version(version_id))["Body"]
        except ClientError as error:
            if _code(error) in _NOT_FOUND:
                raise Gone("the object is no longer there") from error
            if _code(error) in _PRECONDITION:
                raise Changed("the object holds other bytes now") from error
            raise


def dataref(bucket: str, key: str) -> str:
    """How events refer to an object."""
    return f"s3://{bucket}/{key}"


def object_of(reference: str, *, bucket: str, prefix: str) -> str:
    """The key behind a reference from an event, which is trusted only here. Raises ValueError for any other place."""
    key = reference.removeprefix(f"s3://{bucket}/")
    if key == reference or not key.startswith(prefix) or ".." in key.split("/"):
        raise ValueError("the reference leaves the tenant's folder")
    return key


def _parts(body: Any) -> Iterator[bytes]:
    with closing(body), _errors():
        yield from body.iter_chunks(_CHUNK)


def _upload_in_parts(s3: Any, bucket: str, key: str, path: Path, media_type: str) -> None:
    from boto3.exceptions import Boto3Error  # noqa: PLC0415  # see Storage: few functions ever need it
    from boto3.s3.transfer import S3Transfer  # noqa: PLC0415  # see above

    try:
        S3Transfer(s3).upload_file(str(path), bucket, key, extra_args={"ContentType": media_type})
    except Boto3Error as error:
        raise Unavailable(f"the object store does not take it: {type(error).__name__}") from error


def _version(version_id: str | None) -> dict[str, str]:
    return {"VersionId": version_id} if version_id else {}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"the object store answered {_code(error)}") from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # that is our own disk
        raise Unavailable(f"the object store does not answer: {type(error).__name__}") from error
