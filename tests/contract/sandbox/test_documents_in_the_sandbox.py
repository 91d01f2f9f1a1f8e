"""Documents of all formats, opened in the sandbox."""

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
from tests.contract.sandbox.documents_task import TASK, DocumentFacts, EmptyRequest
from tests.unit.documents.document_builders import build_png_header

CORPUS = os.environ.get("PAGEBUS_CORPUS")
#: Reason codes of the corpus and the equal codes of Pagebus.
SYNONYMS = {"not_a_pdf": "unsupported_type", "too_large": "image_too_large", "timeout": "took_too_long"}
#: The authors of the manifest had no decoder for this file, but it is a complete image.
CORRECTIONS = {"pillow-hopper.heif": {"process 1"}}

pillow_heif.register_heif_opener()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([TASK], SandboxSettings().job_limits)
    yield running
    running.close()


def inspect_document(sandbox: Sandbox, path: Path) -> DocumentFacts:
    return sandbox.run(TASK, EmptyRequest(), path, DocumentFacts)[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "HEIF", "BMP", "GIF", "JPEG2000", "AVIF", "PDF"])
def test_every_decoder_works_in_the_sandbox(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "document"
    options = {"compression": "group4"} if kind == "TIFF" else {}
    Image.new("1" if kind == "TIFF" else "RGB", (300, 200)).save(path, kind, **options)
    facts = inspect_document(sandbox, path)
    assert [page.dark for page in facts.pages] == [1.0]


def test_huge_image_is_rejected(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(build_png_header(60_000, 60_000))
    with pytest.raises(DocumentProblem) as caught:
        inspect_document(sandbox, path)
    assert caught.value.reason == "image_too_large"


def describe_outcome(sandbox: Sandbox, path: Path) -> str:
    try:
        return f"process {len(inspect_document(sandbox, path).pages)}"
    except DocumentProblem as problem:
        return f"reject {problem.reason}"


def list_expected_outcomes(expected: str) -> set[str]:
    """Return the outcomes that a manifest allows, for example in "process 2 pages or reject: image_too_large"."""
    pages = {f"process {number}" for number in re.findall(r"(\d+)(?: blank)? pages?", expected)}
    rejection = re.search(r"reject: ([\w /]+)", expected)
    reasons = re.split(r"\W+", rejection[1]) if rejection else []
    known = {SYNONYMS.get(reason, reason) for reason in reasons}
    frame = {"process 1"} if "process frame 1" in expected else set()
    return pages | frame | {f"reject {reason}" for reason in known}


if CORPUS:
    MALICIOUS_FILES = Path(CORPUS) / "nasty"
    with (MALICIOUS_FILES / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        ROWS = [(row["file"], row["expected"]) for row in csv.DictReader(manifest, delimiter="\t")]

    @pytest.mark.parametrize(("name", "expected"), ROWS)
    def test_malicious_file_has_expected_outcome(sandbox: Sandbox, name: str, expected: str) -> None:
        assert describe_outcome(sandbox, MALICIOUS_FILES / name) in CORRECTIONS.get(
            name, list_expected_outcomes(expected)
        )
