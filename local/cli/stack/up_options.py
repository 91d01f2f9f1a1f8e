"""The options of `pagebus up`, and the stack that they specify together with the last one."""

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
#: The folders of the product's manifests: the functions, and the topics that all functions share.
PRODUCT_MANIFESTS = (_REPOSITORY / "knative/base", _REPOSITORY / "infra/kafka")
_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class UpOptions:
    """The options of `pagebus up`, as the user gave them."""

    platform: Literal["embedded", "real"] | None = None
    kafka: str | None = None
    s3: str | None = None
    database: str | None = None
    manifests: tuple[Path, ...] = ()


def resolve_options(
    options: UpOptions, last: StackRecord | None, environment: Mapping[str, str], *, is_running: bool
) -> StackSpec:
    """Return the stack to start. An option that is not given is as in the `last` stack, or has its default.

    Raise UsageError if options contradict each other or a running stack, and PlatformError if the user's own servers
    cannot be used.
    """
    manifests = _choose_manifests(options, last)
    if (own := _read_own_endpoints(options, environment)) is not None:
        spec = StackSpec(own, manifests)
    elif options.platform is None and last is not None and last.platform == "yours":
        spec = StackSpec(last.endpoints, manifests)
    else:
        spec = StackSpec(options.platform or _choose_kind(last), manifests)
    if is_running and last is not None:
        _refuse_change(spec, last)
    return spec


def refuse_missing_folders(folders: Sequence[Path]) -> None:
    """Raise UsageError for the first of the --manifests folders that is not a folder."""
    for folder in folders:
        if not folder.is_dir():
            why = "is a file. Give its folder." if folder.is_file() else "does not exist. Give a folder of manifests."
            raise UsageError(f"--manifests {folder} {why}")


def read_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the S3 keys in the environment by the name of their variable. Raise UsageError if one is missing."""
    keys = {name: environment.get(name, "") for name in _KEY_VARIABLES}
    if missing := [name for name, value in keys.items() if not value]:
        raise UsageError(f"--s3 needs keys. Set {' and '.join(missing)}.")
    return keys


def read_region(environment: Mapping[str, str]) -> str:
    """Return the S3 region in the environment, by default us-east-1."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def _choose_kind(last: StackRecord | None) -> Literal["embedded", "real"]:
    return "real" if last is not None and last.platform == "real" else "embedded"


def _choose_manifests(options: UpOptions, last: StackRecord | None) -> tuple[str, ...]:
    refuse_missing_folders(options.manifests)
    if not options.manifests and last is not None:
        return last.manifests
    return tuple(str(folder.resolve()) for folder in options.manifests or PRODUCT_MANIFESTS)


def _read_own_endpoints(options: UpOptions, environment: Mapping[str, str]) -> Endpoints | None:
    """Return the user's own servers, or None if no option names one."""
    servers = {"--kafka": options.kafka, "--s3": options.s3, "--database": options.database}
    if not any(servers.values()):
        return None
    if options.platform is not None:
        raise UsageError(f"--platform {options.platform} cannot be combined with servers of your own. Choose one.")
    if missing := [option for option, value in servers.items() if not value]:
        raise UsageError(f"A platform of your own also needs {' and '.join(missing)}.")
    keys = read_keys(environment)
    return verify_endpoints(
        kafka=str(options.kafka),
        s3=str(options.s3),
        s3_access_key=keys["AWS_ACCESS_KEY_ID"],
        s3_secret_key=keys["AWS_SECRET_ACCESS_KEY"],
        s3_region=read_region(environment),
        database=str(options.database),
    )


def _refuse_change(spec: StackSpec, last: StackRecord) -> None:
    """Raise UsageError if the running stack has another platform or other manifests."""
    if spec.kind != last.platform or (spec.kind == "yours" and spec.platform != last.endpoints):
        raise UsageError(f"Pagebus is up on the {last.platform} platform. Run `pagebus down`, then `pagebus up` again.")
    if spec.manifests != last.manifests:
        raise UsageError(
            f"Pagebus is up with other manifests ({', '.join(last.manifests)}). "
            "Run `pagebus down`, then `pagebus up` again."
        )
