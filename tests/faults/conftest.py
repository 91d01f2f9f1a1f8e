"""Fixtures of the fault tests: Pagebus on the real platform, with pauses that are short enough for tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli.stack.up_options import PRODUCT_MANIFESTS
from tests.kit import PagebusStack, run_stack

RECONCILER_SETTINGS = {"UNSEEN_SECONDS": "3", "STUCK_SECONDS": "15"}


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Return the product's manifests with a faster reconciler and a shorter retry budget of persistence."""
    folder = tmp_path_factory.mktemp("manifests")
    for source in PRODUCT_MANIFESTS:
        for file in source.glob("*.yaml"):
            if file.name != "kustomization.yaml":
                (folder / file.name).write_text(file.read_text())
    _speed_up_reconciler(folder / "reconciler.yaml")
    _shorten_retries(folder / "persistence.yaml")
    return (folder,)


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory, manifests: tuple[Path, ...]) -> Iterator[PagebusStack]:
    """Run Pagebus on the real platform for all fault tests."""
    with run_stack(tmp_path_factory.mktemp("faults"), "real", manifests) as stack:
        yield stack


def _speed_up_reconciler(manifest: Path) -> None:
    """Run the reconciler every five seconds, with shorter waiting times for uploads and documents."""
    settings = "".join(
        f"            - name: {name}\n              value: '{value}'\n" for name, value in RECONCILER_SETTINGS.items()
    )
    _replace_once(manifest, '"* * * * *"', '"@every 5s"')
    _replace_once(manifest, "          env:\n", f"          env:\n{settings}")


def _shorten_retries(manifest: Path) -> None:
    """Shorten the sum of the pauses between retries from 1022 s to 24 s.

    A test can wait for that. A restarted PostgreSQL is ready earlier, so short outages cause no dead letters.
    """
    _replace_once(manifest, "    retry: 9\n", "    retry: 4\n")
    _replace_once(manifest, "    backoffDelay: PT1S\n", "    backoffDelay: PT0.8S\n")


def _replace_once(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{file.name} has {text.count(old)} times {old!r}"
    file.write_text(text.replace(old, new))
