"""`pagebus eval` on the samples, whose texts are known."""

import json
from pathlib import Path

from tests.kit import SAMPLES, PagebusStack, run_pagebus


def test_samples_are_evaluated(bus: PagebusStack, tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    result = run_pagebus("eval", str(SAMPLES), "--report", str(page), "--json", home=bus.home)

    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout)
    [routed] = printed["runs"]
    files = {file["file"]: file for file in routed["files"]}
    assert "make.py" in printed["skipped"]
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

    again = run_pagebus("eval", str(SAMPLES), "--json", home=bus.home)

    assert "6 of 6 files were submitted before" in again.stderr
    assert json.loads(again.stdout) == printed


def test_rejected_file_fails_the_evaluation(bus: PagebusStack, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "empty.gt.txt").write_text("Größe", encoding="utf-8")

    result = run_pagebus("eval", str(tmp_path), home=bus.home)

    assert result.returncode == 1
    assert "rejected" in result.stdout
