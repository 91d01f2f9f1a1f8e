"""Faults are made on the real platform, with the pauses of the reconciler cut down to what a test can wait for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli.request import PRODUCT
from tests.kit import Running, running

IMPATIENT = {"UNSEEN_SECONDS": "3", "STUCK_SECONDS": "15"}


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The product's manifests, with a reconciler that looks every five seconds."""
    folder = tmp_path_factory.mktemp("manifests")
    for source in PRODUCT:
        for file in source.glob("*.yaml"):
            if file.name != "kustomization.yaml":
                (folder / file.name).write_text(file.read_text())
    reconciler = folder / "reconciler.yaml"
    settings = "".join(
        f"            - name: {name}\n              value: '{value}'\n" for name, value in IMPATIENT.items()
    )
    text = (
        reconciler.read_text()
        .replace('"* * * * *"', '"@every 5s"')
        .replace("          env:\n", f"          env:\n{settings}")
    )
    reconciler.write_text(text)
    return (folder,)


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory, manifests: tuple[Path, ...]) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("faults"), "real", manifests) as up:
        yield up
