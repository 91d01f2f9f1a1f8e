import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.settings import SandboxSettings
from tests.contract.sandbox.documents_task import TASK, Nothing, Seen
from tests.unit.documents.handmade import png_header

CORPUS = os.environ.get("PAGEBUS_CORPUS")
#: Reasons that mean the same to whoever sent the file.
SYNONYMS = {"not_a_pdf": "unsupported_type", "too_large": "image_too_large", "timeout": "took_too_long"}
#: The manifest's authors had no decoder for it; it is a whole picture.
OURS = {"pillow-hopper.heif": {"process 1"}}

pillow_heif.register_heif_opener()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([TASK], SandboxSettings().limits)
    yield running
    running.close()


def see(sandbox: Sandbox, path: Path) -> Seen:
    return sandbox.run(TASK, Nothing(), path, Seen)[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "HEIF", "BMP", "GIF", "JPEG2000", "AVIF", "PDF"])
def test_every_decoder_works_in_confinement(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "document"
    options = {"compression": "group4"} if kind == "TIFF" else {}
    Image.new("1" if kind == "TIFF" else "RGB", (300, 200)).save(path, kind, **options)
    seen = see(sandbox, path)
    assert [page.dark for page in seen.pages] == [1.0]


def test_a_page_of_sixty_thousand_pixels_a_side_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(png_header(60_000, 60_000))
    with pytest.raises(DocumentProblem) as caught:
        see(sandbox, path)
    assert caught.value.reason == "image_too_large"


def outcome(sandbox: Sandbox, path: Path) -> str:
    try:
        return f"process {len(see(sandbox, path).pages)}"
    except DocumentProblem as problem:
        return f"reject {problem.reason}"


def acceptable(expected: str) -> set[str]:
    """Read a manifest's judgement, such as "process 2 pages or reject: image_too_large"."""
    pages = {f"process {number}" for number in re.findall(r"(\d+)(?: blank)? pages?", expected)}
    refused = re.search(r"reject: ([\w /]+)", expected)
    reasons = re.split(r"\W+", refused[1]) if refused else []
    known = {SYNONYMS.get(reason, reason) for reason in reasons}
    frame = {"process 1"} if "process frame 1" in expected else set()
    return pages | frame | {f"reject {reason}" for reason in known}


if CORPUS:
    NASTY = Path(CORPUS) / "nasty"
    with (NASTY / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        ROWS = [(row["file"], row["expected"]) for row in csv.DictReader(manifest, delimiter="\t")]

    @pytest.mark.parametrize(("name", "expected"), ROWS)
    def test_a_nasty_file_ends_as_it_should(sandbox: Sandbox, name: str, expected: str) -> None:
        assert outcome(sandbox, NASTY / name) in OURS.get(name, acceptable(expected))
