"""S3 object storage (botocore): conditional writes, exact-version reads, and one error for a store that is down."""

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

from functions.runtime.errors import DISK_FULL_ERRNOS, ObjectChanged, ObjectGone, ObjectTooLarge, Unavailable
from functions.runtime.settings import StorageSettings
from functions.runtime.telemetry.spans import trace_span

_CHUNK_BYTES = 1024 * 1024
_MULTIPART_FROM_BYTES = 8 * 1024 * 1024
_NOT_FOUND = {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "NoSuchBucket"}
#: HEAD returns these codes for an invalid key, but also for expired credentials and a wrong region. So they do not mean
#: "not found".
_BAD_REQUEST = {"400", "BadRequest"}
#: GET returns these codes for a key that the store does not allow. No object can have such a key.
_INVALID_KEY = {"KeyTooLongError", "InvalidURI", "InvalidArgument", "InvalidRequest", "BadRequest"}
_PRECONDITION_FAILED = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """Metadata of an object in the store. `size` is in bytes, and `metadata` is the metadata that the uploader set."""

    key: str
    size: int
    etag: str
    modified: datetime
    version_id: str | None = None
    metadata: dict[str, str]


@dataclass(frozen=True)
class ObjectStream:
    """An object that is read in parts. `size` is its number of bytes."""

    size: int
    parts: Iterator[bytes]


class Storage:
    """A client of the object store. Every method raises Unavailable if the store does not answer as expected."""

    def __init__(self, settings: StorageSettings, *, connections: int = 10) -> None:
        # A new session, because boto3's default session keeps the credentials that it finds first. It comes from
        # botocore, because the import of boto3 takes 0.1 s longer, and the first document would wait for that.
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
                # Some stores other than AWS do not support the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
        """Return the metadata of an object, or None if it does not exist."""
        with trace_span("look up"), _convert_errors():
            try:
                response = self._s3.head_object(Bucket=bucket, Key=key, **_build_version_arguments(version_id))
            except ClientError as error:
                code = _get_code(error)
                if code in _NOT_FOUND or (code in _BAD_REQUEST and self._is_invalid_key(bucket, key)):
                    return None
                raise
        return ObjectInfo(
            key=key,
            size=response["ContentLength"],
            etag=response["ETag"].strip('"'),
            modified=response["LastModified"],
            version_id=response.get("VersionId") or version_id,
            metadata=response.get("Metadata", {}),
        )

    def _is_invalid_key(self, bucket: str, key: str) -> bool:
        """Return whether the store rejects this key. The answer to HEAD has no body with the reason, so send a GET."""
        try:
            self._s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
        except ClientError as error:
            return _get_code(error) in _INVALID_KEY
        return False

    def download(  # noqa: PLR0913  # the arguments identify one exact version of an object and the target
        self, bucket: str, key: str, path: Path, *, etag: str, version_id: str | None = None, limit: int
    ) -> str:
        """Write the object with this ETag to `path` and return its SHA-256 in hex.

        Raise ObjectGone if the object does not exist, ObjectChanged if its ETag differs, and ObjectTooLarge if it has
        more than `limit` bytes.
        """
        digest, size = hashlib.sha256(), 0
        with trace_span("fetch"), _convert_errors():
            body = self._get_exact_version(bucket, key, etag, version_id)
            with path.open("wb") as file:
                for chunk in body.iter_chunks(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > limit:
                        raise ObjectTooLarge(f"more than {limit} bytes")
                    digest.update(chunk)
                    file.write(chunk)
        return digest.hexdigest()

    def get(self, bucket: str, key: str) -> bytes | None:
        """Return the bytes of an object, or None if it does not exist."""
        with _convert_errors():
            try:
                return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            except ClientError as error:
                if _get_code(error) in _NOT_FOUND:
                    return None
                raise

    def stream(self, bucket: str, key: str) -> ObjectStream | None:
        """Return an object in parts, or None if it does not exist. A caller that stops early must close `parts`."""
        with _convert_errors():
            try:
                response = self._s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if _get_code(error) in _NOT_FOUND:
                    return None
                raise
        return ObjectStream(response["ContentLength"], _iterate_parts(response["Body"]))

    def put(self, bucket: str, key: str, body: bytes, media_type: str) -> None:
        """Write an object. Replace an existing one."""
        with _convert_errors():
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type)

    def put_if_absent(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:
        """Write an object and return True. Return False and write nothing if the key exists already."""
        with _convert_errors():
            try:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type, IfNoneMatch="*")
            except ClientError as error:
                if _get_code(error) in _PRECONDITION_FAILED:
                    return False
                raise
        return True

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        """Write the contents of a file as an object. Upload a large file in parts."""
        with trace_span("upload"), _convert_errors():
            if path.stat().st_size < _MULTIPART_FROM_BYTES:
                # A multipart upload creates a thread pool, which is not worth it for a small file.
                with path.open("rb") as body:
                    self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=media_type)
            else:
                _upload_in_parts(self._s3, bucket, key, path, media_type)

    def list_objects(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectInfo]:
        """Return up to `limit` objects (at most 1,000) after the key `after`, in order of key, without metadata."""
        with _convert_errors():
            response = self._s3.list_objects_v2(
                Bucket=bucket, Prefix=prefix, MaxKeys=limit, **({"StartAfter": after} if after else {})
            )
        return [
            ObjectInfo(
                key=entry["Key"],
                size=entry["Size"],
                etag=entry["ETag"].strip('"'),
                modified=entry["LastModified"],
                metadata={},
            )
            for entry in response.get("Contents", [])
        ]

    def _get_exact_version(self, bucket: str, key: str, etag: str, version_id: str | None) -> Any:
        """Return botocore's stream of the object's bytes. Raise ObjectGone, or ObjectChanged if its ETag differs."""
        version = _build_version_arguments(version_id)
        try:
            return self._s3.get_object(Bucket=bucket, Key=key, IfMatch=f'"{etag}"', **version)["Body"]
        except ClientError as error:
            if _get_code(error) in _NOT_FOUND:
                raise ObjectGone("the object no longer exists") from error
            if _get_code(error) in _PRECONDITION_FAILED:
                raise ObjectChanged("the content of the object has changed") from error
            raise


def make_dataref(bucket: str, key: str) -> str:
    """Return the reference to an object for events: s3://bucket/key."""
    return f"s3://{bucket}/{key}"


def parse_dataref(reference: str, *, bucket: str, prefix: str) -> str:
    """Return the key in a reference from an event.

    Raise ValueError unless the key is in `bucket` below `prefix`. Use this function for every reference, because
    external systems may send events with any reference.
    """
    key = reference.removeprefix(f"s3://{bucket}/")
    if key == reference or not key.startswith(prefix) or ".." in key.split("/"):
        raise ValueError("the reference leaves the tenant's folder")
    return key


def _iterate_parts(body: Any) -> Iterator[bytes]:
    with closing(body), _convert_errors():
        yield from body.iter_chunks(_CHUNK_BYTES)


def _upload_in_parts(s3: Any, bucket: str, key: str, path: Path, media_type: str) -> None:
    from boto3.exceptions import Boto3Error  # noqa: PLC0415  # the import is slow and few functions need it
    from boto3.s3.transfer import S3Transfer  # noqa: PLC0415  # see above

    try:
        S3Transfer(s3).upload_file(str(path), bucket, key, extra_args={"ContentType": media_type})
    except Boto3Error as error:
        raise Unavailable(f"the object store does not accept the upload: {type(error).__name__}") from error


def _build_version_arguments(version_id: str | None) -> dict[str, str]:
    return {"VersionId": version_id} if version_id else {}


def _get_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _convert_errors() -> Iterator[None]:
    """Raise Unavailable for errors of the store and the network. Errors of a full local disk pass through."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"the object store answered {_get_code(error)}") from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
            raise
        raise Unavailable(f"the object store does not answer: {type(error).__name__}") from error
