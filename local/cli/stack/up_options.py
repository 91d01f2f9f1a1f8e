"""The options of `pagebus up`, and the stack to start. Options that are not used have their values of the last `up`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local.cli.shell.errors import UsageError
from local.cli.shell.home import StackRecord
from local.cli.stack.stack import StackSpec
from local.platform.endpoints import Endpoints
from local.platform.external import verify_endpoints

_REPOSITORY = Path(__file__).parents[3]
#: The folders with the manifests of Pagebus itself: its functions, and the topics that the functions share.
PRODUCT_MANIFESTS = (_REPOSITORY / "knative/base", _REPOSITORY / "infra/kafka")
_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class UpOptions:
    """The options of `pagebus up` as the user typed them. None and an empty tuple stand for unused options."""

    platform: Literal["embedded", "real"] | None = None
    kafka: str | None = None
    s3: str | None = None
    database: str | None = None
    manifests: tuple[Path, ...] = ()


def resolve_options(
    options: UpOptions, last_record: StackRecord | None, environment: Mapping[str, str], *, is_running: bool
) -> StackSpec:
    """Return the stack to start. Without an option, use the value of the last stack, or else the default value.

    `last_record` is None if there was no stack since the last `pagebus down`. Raise UsageError if options contradict
    each other or the running stack. Raise PlatformError if the user's own servers cannot be used.
    """
    manifests = _choose_manifests(options, last_record)
    if (own_endpoints := _read_own_endpoints(options, environment)) is not None:
        spec = StackSpec(own_endpoints, manifests)
    elif options.platform is None and last_record is not None and last_record.platform == "yours":
        spec = StackSpec(last_record.endpoints, manifests)
    else:
        spec = StackSpec(options.platform or _choose_kind(last_record), manifests)
    if is_running and last_record is not None:
        _check_same_stack(spec, last_record)
    return spec


def check_folders_exist(folders: Sequence[Path]) -> None:
    """Raise UsageError if a value of --manifests is not an existing folder."""
    for folder in folders:
        if not folder.is_dir():
            problem = "is a file. Name its folder." if folder.is_file() else "does not exist. Name an existing folder."
            raise UsageError(f"--manifests {folder} {problem}")


def read_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the two S3 keys in `environment` by variable name. Raise UsageError if a key is missing or empty."""
    keys = {name: environment.get(name, "") for name in _KEY_VARIABLES}
    if missing_options := [name for name, value in keys.items() if not value]:
        raise UsageError(f"--s3 needs keys. Set {' and '.join(missing_options)}.")
    return keys


def read_region(environment: Mapping[str, str]) -> str:
    """Return the S3 region in `environment`, or us-east-1 if it contains none."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def _choose_kind(last_record: StackRecord | None) -> Literal["embedded", "real"]:
    return "real" if last_record is not None and last_record.platform == "real" else "embedded"


def _choose_manifests(options: UpOptions, last_record: StackRecord | None) -> tuple[str, ...]:
    check_folders_exist(options.manifests)
    if not options.manifests and last_record is not None:
        return last_record.manifests
    return tuple(str(folder.resolve()) for folder in options.manifests or PRODUCT_MANIFESTS)


def _read_own_endpoints(options: UpOptions, environment: Mapping[str, str]) -> Endpoints | None:
    """Return the user's own servers, or None if no option names a server.

    Raise UsageError if the options are incomplete or contradict each other, and PlatformError if a server fails.
    """
    servers = {"--kafka": options.kafka, "--s3": options.s3, "--database": options.database}
    if not any(servers.values()):
        return None
    if options.platform is not None:
        raise UsageError(f"--platform {options.platform} cannot be combined with servers of your own. Choose one.")
    if missing_options := [option for option, value in servers.items() if not value]:
        raise UsageError(f"A platform of your own also needs {' and '.join(missing_options)}.")
    keys = read_keys(environment)
    return verify_endpoints(
        kafka=str(options.kafka),
        s3=str(options.s3),
        s3_access_key=keys["AWS_ACCESS_KEY_ID"],
        s3_secret_key=keys["AWS_SECRET_ACCESS_KEY"],
        s3_region=read_region(environment),
        database=str(options.database),
    )


def _check_same_stack(spec: StackSpec, last_record: StackRecord) -> None:
    """Raise UsageError if the running stack has another platform or other manifests than `spec`."""
    if spec.kind != last_record.platform or (spec.kind == "yours" and spec.platform != last_record.endpoints):
        raise UsageError(
            f"Pagebus is up on the {last_record.platform} platform. Run `pagebus down`, then `pagebus up` again."
        )
    if spec.manifests != last_record.manifests:
        raise UsageError(
            f"Pagebus is up with other manifests ({', '.join(last_record.manifests)}). "
            "Run `pagebus down`, then `pagebus up` again."
        )
