"""Tests of the thumbnails of documents of each type."""

import base64
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from local.evaluation.page_images import render_thumbnails

SAMPLES = Path(__file__).parents[3] / "local/samples"


@pytest.mark.parametrize(("name", "pages"), [("brief.png", 1), ("fax.tif", 3), ("gemischt.pdf", 2)])
def test_every_page_becomes_small_jpeg(name: str, pages: int) -> None:
    thumbnails = render_thumbnails(SAMPLES / name, 5)

    opened = [Image.open(BytesIO(base64.b64decode(thumbnail))) for thumbnail in thumbnails]
    assert [image.format for image in opened] == ["JPEG"] * pages
    assert all(image.width <= 900 for image in opened)


def test_number_of_thumbnails_is_limited() -> None:
    assert len(render_thumbnails(SAMPLES / "fax.tif", 2)) == 2


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\nbroken", b"text"])
def test_unreadable_file_has_no_thumbnail(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)

    assert render_thumbnails(tmp_path / "a.pdf", 5) == []


def test_output_that_is_not_base64_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    output = subprocess.CompletedProcess([], 0, stdout='QUJD\n"><script>\nREVG\n')
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: output)

    assert render_thumbnails(SAMPLES / "brief.png", 5) == ["QUJD", "REVG"]
