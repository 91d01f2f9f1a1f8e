"""Files on their way into the bucket, as any S3 client would put them there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from events.identity import document_id
from events.metadata import PREFIX, InvalidMetadata, entry, from_metadata, to_metadata
from functions.documents.sniff import TYPES
from local.cli.documents import Document
from local.cli.errors import Failed, Impossible
from local.cli.folders import walk
from local.platform.endpoints import UPLOADS_BUCKET

# S3's own limit, in bytes.
_LONGEST_KEY = 1024


# As the AWS CLI does it, so that the same bytes have the same etag, and are the same document, whoever uploads them.
_PARTS = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, use_threads=False)

#: Hears how many more bytes of a large file are with the store; what it raises stops the upload, and is raised.
Moved = Callable[[int], None]


@dataclass(frozen=True)
class Upload:
    """A file and the key that it will have."""

    file: Path
    key: str

    @property
    def size(self) -> int:
        """In bytes. Raises OSError."""
        return self.file.stat().st_size


@dataclass(frozen=True)
class Plan:
    """What there is to upload, and what of the folders is `left_out`, as nothing reads it."""

    uploads: list[Upload]
    left_out: list[Path]


def plan(files: Sequence[Path], tenant: str) -> Plan:
    """A folder stands for the documents below it. Raises Impossible before anything is done."""
    if not tenant or "/" in tenant:
        raise Impossible(f"--tenant {tenant!r}: a tenant is the name of a folder, without a slash.")
    found = [one for given in files for one in walk(given)]
    uploads = [Upload(one.file, f"in/{tenant}/{one.name}") for one in found if one.is_document]
    if not uploads:
        raise Impossible(f"There are no documents in {', '.join(map(str, files))}. What is read is a {TYPES}.")
    _check_keys(uploads)
    return Plan(uploads, [one.file for one in found if not one.is_document])


def _check_keys(uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        _check_key(upload)
    doubled = [key for key, times in Counter(upload.key for upload in uploads).items() if times > 1]
    if doubled:
        raise Impossible(f"Several files would be {doubled[0]} in the bucket. Rename one, or submit them one by one.")


def wishes(said: Mapping[str, Any]) -> dict[str, str]:
    """The object's metadata for these options, None being no wish. Raises Impossible for what no option may be."""
    if said.get("languages"):
        from local.cli import languages  # noqa: PLC0415  # only who names some waits for the table of all

        languages.check(said["languages"])
        said = {**said, "languages": said["languages"].lower()}
    noted = {entry(option): str(value) for option, value in said.items() if value is not None}
    try:
        options = from_metadata(noted)
    except InvalidMetadata as error:
        name, problem = next(iter(error.problems.items()))
        raise Impossible(f"--{name.removeprefix(PREFIX)} {noted[name]!r} is not understood; {problem}.") from error
    if options.consensus and len(set(options.engines or ())) == 1:
        raise Impossible("--consensus needs two engines, and --engines names one. Name two, or none.")
    return to_metadata(options)


def put(s3: Any, upload: Upload, tenant: str, metadata: Mapping[str, str], moved: Moved = lambda _: None) -> Document:
    """Upload, in parts when it is large, and name the document as intake will. Raises Failed."""
    try:
        in_parts = upload.size > _PARTS.multipart_threshold
        etag = _put_in_parts(s3, upload, metadata, moved) if in_parts else _put_whole(s3, upload, metadata)
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        raise Failed(f"{upload.file} could not be uploaded: {error}. Submit it again; no harm is done.") from error
    named = document_id(tenant=tenant, bucket=UPLOADS_BUCKET, key=upload.key, etag=etag)
    return Document(str(named), tenant, upload.key, "uploaded")


def _put_whole(s3: Any, upload: Upload, metadata: Mapping[str, str]) -> str:
    with upload.file.open("rb") as body:
        said = s3.put_object(Bucket=UPLOADS_BUCKET, Key=upload.key, Body=body, Metadata=dict(metadata))
    return str(said["ETag"])


def _put_in_parts(s3: Any, upload: Upload, metadata: Mapping[str, str], moved: Moved) -> str:
    """The etag is made of the parts', and only the store tells it."""
    # A file that the library opens itself is left open when it is stopped.
    with upload.file.open("rb") as body:
        said = {"Metadata": dict(metadata)}
        s3.upload_fileobj(body, UPLOADS_BUCKET, upload.key, ExtraArgs=said, Callback=moved, Config=_PARTS)
    return str(s3.head_object(Bucket=UPLOADS_BUCKET, Key=upload.key)["ETag"])


def _check_key(upload: Upload) -> None:
    try:
        size = len(upload.key.encode())
    except UnicodeEncodeError as error:
        raise Impossible(f"{str(upload.file)!r}: the name is not UTF-8. Rename the file.") from error
    if size > _LONGEST_KEY:
        raise Impossible(f"{upload.file}: its key would have {size} bytes, and S3 allows {_LONGEST_KEY}. Shorten it.")
