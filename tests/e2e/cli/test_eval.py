"""`pagebus eval` on the samples, whose texts are known."""

import json
from pathlib import Path

import pytest

from tests.kit import SAMPLES, Running, pagebus

on_the_embedded_platform = pytest.mark.parametrize("bus", ["embedded"], indirect=True)


@on_the_embedded_platform
def test_the_samples_are_read_and_judged_against_their_texts(bus: Running, tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    result = pagebus("eval", str(SAMPLES), "--report", str(page), "--json", home=bus.home)

    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    [routed] = told["runs"]
    files = {file["file"]: file for file in routed["files"]}
    assert "make.py" in told["left_out"]
    assert {Path(name).stem for name in files} == {
        file.name.removesuffix(".gt.txt") for file in SAMPLES.glob("*.gt.txt")
    }
    assert (routed["overall"]["files"], routed["overall"]["pages"]) == (6, 9)
    assert routed["overall"]["cer"] < 0.01
    assert (routed["overall"]["umlauts"] > 300, routed["overall"]["umlauts_lost"]) == (True, 0)
    [letter] = files["brief.png"]["pages"]
    assert (letter["engine"], letter["escalated"], letter["seconds"]["reading"] > 0) == ("tesseract", False, True)
    assert [passage["page"] for passage in files["fax.tif"]["passages"]] == [1, 2, 3]
    html = page.read_text(encoding="utf-8")
    assert html.count('<img alt="Page') == 9
    assert "Größe &amp; Maß.png" in html

    again = pagebus("eval", str(SAMPLES), "--json", home=bus.home)

    assert "6 of 6 were submitted this way before" in again.stderr
    assert json.loads(again.stdout) == told


@on_the_embedded_platform
def test_what_cannot_be_read_is_judged_as_read_empty_and_is_a_failure(bus: Running, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "empty.gt.txt").write_text("Größe", encoding="utf-8")

    result = pagebus("eval", str(tmp_path), home=bus.home)

    assert result.returncode == 1
    assert "rejected" in result.stdout
