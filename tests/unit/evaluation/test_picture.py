"""Pictures of pages, whatever the document is."""

import base64
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from local.evaluation.picture import pictures

SAMPLES = Path(__file__).parents[3] / "local/samples"


@pytest.mark.parametrize(("name", "pages"), [("brief.png", 1), ("fax.tif", 3), ("gemischt.pdf", 2)])
def test_every_page_is_a_small_jpeg(name: str, pages: int) -> None:
    shown = pictures(SAMPLES / name, 5)

    opened = [Image.open(BytesIO(base64.b64decode(one))) for one in shown]
    assert [image.format for image in opened] == ["JPEG"] * pages
    assert all(image.width <= 900 for image in opened)


def test_no_more_are_made_than_were_asked_for() -> None:
    assert len(pictures(SAMPLES / "fax.tif", 2)) == 2


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\nbroken", b"text"])
def test_what_is_no_document_has_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)

    assert pictures(tmp_path / "a.pdf", 5) == []


def test_what_is_no_picture_does_not_get_into_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    said = subprocess.CompletedProcess([], 0, stdout='QUJD\n"><script>\nREVG\n')
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)

    assert pictures(SAMPLES / "brief.png", 5) == ["QUJD", "REVG"]
