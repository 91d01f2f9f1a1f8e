"""What `pagebus up` was asked for, settled into what is to be brought up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local.cli.errors import Impossible
from local.cli.home import Started
from local.cli.stack import Wanted
from local.platform.endpoints import Endpoints
from local.platform.yours import yours

_REPOSITORY = Path(__file__).parents[2]
#: The functions, and the topics that belong to none of them.
PRODUCT = (_REPOSITORY / "knative/base", _REPOSITORY / "infra/kafka")


@dataclass(frozen=True)
class Request:
    """The flags, as given."""

    platform: Literal["embedded", "real"] | None = None
    kafka: str | None = None
    s3: str | None = None
    database: str | None = None
    manifests: tuple[Path, ...] = ()


def settle(asked: Request, before: Started | None, environment: Mapping[str, str], *, alive: bool) -> Wanted:
    """What was not asked for is as it was `before`, else the default. Raises Impossible, and PlatformError."""
    manifests = _manifests(asked, before)
    if (own := _own(asked, environment)) is not None:
        wanted = Wanted(own, manifests)
    elif asked.platform is None and before is not None and before.platform == "yours":
        wanted = Wanted(before.endpoints, manifests)
    else:
        wanted = Wanted(asked.platform or _kind(before), manifests)
    if alive and before is not None:
        _refuse_change(wanted, before)
    return wanted


def _kind(before: Started | None) -> Literal["embedded", "real"]:
    return "real" if before is not None and before.platform == "real" else "embedded"


def _manifests(asked: Request, before: Started | None) -> tuple[str, ...]:
    for folder in asked.manifests:
        if not folder.is_dir():
            why = "is a file; name its folder." if folder.is_file() else "there is no such folder."
            raise Impossible(f"--manifests {folder}: {why}")
    if not asked.manifests and before is not None:
        return before.manifests
    return tuple(str(folder.resolve()) for folder in asked.manifests or PRODUCT)


def _own(asked: Request, environment: Mapping[str, str]) -> Endpoints | None:
    flags = {"--kafka": asked.kafka, "--s3": asked.s3, "--database": asked.database}
    if not any(flags.values()):
        return None
    if asked.platform is not None:
        raise Impossible(f"--platform {asked.platform} and a platform of your own exclude each other. Choose one.")
    if missing := [flag for flag, value in flags.items() if not value]:
        raise Impossible(f"A platform of your own needs {' and '.join(missing)} too.")
    keys = {name: environment.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    if missing := [name for name, value in keys.items() if not value]:
        raise Impossible(f"--s3 needs keys. Set {' and '.join(missing)}.")
    return yours(
        kafka=str(asked.kafka),
        s3=str(asked.s3),
        s3_access_key=str(keys["AWS_ACCESS_KEY_ID"]),
        s3_secret_key=str(keys["AWS_SECRET_ACCESS_KEY"]),
        s3_region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
        database=str(asked.database),
    )


def _refuse_change(wanted: Wanted, before: Started) -> None:
    if wanted.kind != before.platform or (wanted.kind == "yours" and wanted.platform != before.endpoints):
        raise Impossible(f"It is up on the {before.platform} platform. To change: `pagebus down`, then up again.")
    if wanted.manifests != before.manifests:
        raise Impossible(
            f"It is up with other manifests ({', '.join(before.manifests)}). To change: `pagebus down`, then up again."
        )
