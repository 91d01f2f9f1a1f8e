"""`pagebus eval` before and after the reading, which here is told instead of done."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import evaluating
from local.cli.evaluating import Way
from local.evaluation.scores import Page, Read
from local.evaluation.truth import Pair

Command = Callable[..., Result]
TRUTHS = {"a.png": "Größe der Straße", "b.pdf": "fünf Äpfel"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    for name, truth in TRUTHS.items():
        (made / name).touch()
        (made / name).with_suffix(".gt.txt").write_text(truth, encoding="utf-8")
    (made / "notes.md").touch()
    return made


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[Way]:
    """The ways in which a folder is read: routed all right, by rapidocr without umlauts, by tesseract without b."""
    asked: list[Way] = []

    def read(_: object, pairs: Sequence[Pair], way: Way, __: object) -> list[Read]:
        asked.append(way)
        return [_read(pair.name, way.name) for pair in pairs]

    monkeypatch.setattr(evaluating, "read", read)
    return asked


def _read(file: str, way: str) -> Read:
    ended = "failed" if (way, file) == ("tesseract", "b.pdf") else "completed"
    text = TRUTHS[file].replace("Ä", "A") if way == "rapidocr" else TRUTHS[file]
    by_route = {"routed": "rapidocr" if file == "b.pdf" else "tesseract", "routed-consensus": "consensus"}
    page = Page(
        page=1,
        state="recognized",
        engine=by_route.get(way, way),
        why="told",
        confidence=0.9,
        best_effort=False,
        route=("tesseract", "rapidocr") if way.startswith("routed") else (way,),
        waiting=0.0,
        starting=0.0,
        reading=1.0,
        others=None,
    )
    return Read(
        file=file,
        document="0f",
        state=ended,
        completed=ended == "completed",
        reason=None if ended == "completed" else "no_page_recognized",
        message=None if ended == "completed" else "None of its pages could be read.",
        text=text if ended == "completed" else "",
        pages=(page,),
    )


@pytest.mark.usefixtures("up")
def test_figures_are_told_per_file_and_over_all(pagebus: Command, folder: Path, ways: list[Way]) -> None:
    result = pagebus("eval", str(folder))

    assert result.exit_code == 0
    assert [(way.name, way.engines, way.tenant) for way in ways] == [("routed", None, "eval")]
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["a.png", "0.000", "0.000", "1.000", "0", "0", "1.0", "tesseract"] in lines
    assert lines[-2][:4] == ["routed", "2", "2", "0.000"]
    assert "Left out, having nothing to be compared with: notes.md." in result.stderr
    assert {"escalated:", "seconds:"} <= set(result.stdout.split())


@pytest.mark.usefixtures("up")
def test_to_compare_every_engine_of_the_routes_reads_alone(pagebus: Command, folder: Path, ways: list[Way]) -> None:
    told = json.loads(pagebus("eval", str(folder), "--compare", "--json").stdout)

    assert [(way.name, way.engines) for way in ways] == [
        ("routed", None),
        ("tesseract", "tesseract"),
        ("rapidocr", "rapidocr"),
    ]
    assert [(run["run"], run["overall"]["unread"], run["overall"]["umlauts_lost"]) for run in told["runs"]] == [
        ("routed", 0, 0),
        ("tesseract", 1, 2),
        ("rapidocr", 0, 1),
    ]
    assert (told["runs"][0]["overall"]["escalated"], told["runs"][1]["overall"]["escalated"]) == (1, 0)
    # What was asked for counts too: it may be better than any engine alone, as where there is a text layer.
    assert told["best_of_each_file"]["umlauts_lost"] == 0
    assert told["left_out"] == ["notes.md"]


@pytest.mark.usefixtures("up")
def test_a_comparison_is_a_table_with_a_row_for_every_run_and_the_best_of_each_file(
    pagebus: Command, folder: Path, ways: list[Way]
) -> None:
    said = pagebus("eval", str(folder), "--compare").stdout

    rows = [line for line in said.splitlines() if line.strip()][-4:]
    assert [row.split("  ")[0] for row in rows] == [*(way.name for way in ways), "best of each file"]
    assert "CER(rapidocr)" in said


@pytest.mark.usefixtures("up")
def test_a_route_that_was_given_is_the_one_to_compare_with(pagebus: Command, folder: Path, ways: list[Way]) -> None:
    result = pagebus("eval", str(folder), "--engines", "rapidocr", "--compare")

    assert [way.name for way in ways] == ["rapidocr"]
    assert "There is nothing to compare" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_consensus_is_asked_for_and_compared_with_each_of_its_engines_alone(
    pagebus: Command, folder: Path, ways: list[Way]
) -> None:
    assert pagebus("eval", str(folder), "--consensus", "--compare").exit_code == 1  # tesseract alone fails at b.pdf

    assert [(way.name, way.engines, way.consensus) for way in ways] == [
        ("routed-consensus", None, True),
        ("tesseract", "tesseract", None),
        ("rapidocr", "rapidocr", None),
    ]


@pytest.mark.usefixtures("up")
def test_without_a_consensus_is_another_way_than_with_one(pagebus: Command, folder: Path, ways: list[Way]) -> None:
    for wish in ("--consensus", "--no-consensus"):
        pagebus("eval", str(folder), "--engines", "tesseract,rapidocr", wish)

    assert [(way.name, way.consensus) for way in ways] == [
        ("tesseract-then-rapidocr-consensus", True),
        ("tesseract-then-rapidocr-no-consensus", False),
    ]


@pytest.mark.usefixtures("up")
def test_a_document_without_text_is_a_failure_and_its_figures_are_there(
    pagebus: Command, folder: Path, ways: list[Way]
) -> None:
    result = pagebus("eval", str(folder), "--engines", "tesseract", "--json")

    assert ways
    assert result.exit_code == 1
    [_, lost] = json.loads(result.stdout)["runs"][0]["files"]
    assert (lost["reason"], lost["message"]) == ("no_page_recognized", "None of its pages could be read.")
    assert (lost["file"], lost["state"], lost["cer"], lost["umlauts_lost"]) == ("b.pdf", "failed", 1.0, 2)


@pytest.mark.usefixtures("up", "ways")
def test_why_files_have_no_text_is_told_below_their_table(pagebus: Command, folder: Path) -> None:
    said = pagebus("eval", str(folder), "--engines", "tesseract").stdout

    assert said.count("b.pdf failed: no_page_recognized: None of its pages could be read.") == 1
    assert "read." not in pagebus("eval", str(folder)).stdout.partition("file ")[2]


@pytest.mark.usefixtures("up", "ways")
def test_a_report_is_written_where_it_was_asked_for(pagebus: Command, folder: Path, tmp_path: Path) -> None:
    result = pagebus("eval", str(folder), "--report", str(tmp_path / "report.html"))

    assert result.exit_code == 0
    assert "Größe der Straße" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("up")
def test_ctrl_c_says_what_it_leaves_behind(pagebus: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluating, "read", interrupted)

    result = pagebus("eval", str(folder), "--tenant", "mine")

    assert result.exit_code == 130
    assert "what is uploaded is being read" in result.stderr
    assert "pagebus status --tenant mine" in result.stderr


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        (["--engines", "Tesseract"], "--engines"),
        (["--languages", "german"], "--languages"),
        (["--tenant", "a/b"], "--tenant"),
        (["--report", "/nowhere/at/all.html"], "/nowhere/at"),
        (["--consensus", "--engines", "tesseract"], "--consensus"),
        (["--colour", "red"], "--colour"),
    ],
)
@pytest.mark.usefixtures("up")
def test_a_wish_that_nobody_can_fulfil_is_impossible_before_anything_is_read(
    pagebus: Command, folder: Path, ways: list[Way], wish: list[str], named: str
) -> None:
    result = pagebus("eval", str(folder), *wish)

    assert (result.exit_code, ways) == (2, [])
    assert named in result.stderr


def test_without_a_running_pagebus_it_says_how_to_start_one(pagebus: Command, folder: Path) -> None:
    result = pagebus("eval", str(folder))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "pagebus up" in result.stderr


def test_a_folder_that_cannot_be_judged_is_impossible(pagebus: Command, tmp_path: Path) -> None:
    nothing = pagebus("eval", str(tmp_path))
    nowhere = pagebus("eval", str(tmp_path / "gone"))
    (tmp_path / "a.png").touch()
    (tmp_path / "a.gt.txt").write_bytes(b"Gr\xf6\xdfe")
    garbled = pagebus("eval", str(tmp_path))

    assert [result.exit_code for result in (nothing, nowhere, garbled)] == [2, 2, 2]
    assert "has its text beside it" in nothing.stderr
    assert "no folder" in nowhere.stderr
    assert "a.gt.txt is not UTF-8" in garbled.stderr


@pytest.mark.usefixtures("up", "ways")
def test_folders_that_nobody_looked_into_are_named(pagebus: Command, folder: Path, tmp_path: Path) -> None:
    (folder / "older").mkdir()

    result = pagebus("eval", str(folder), "--json")
    above = pagebus("eval", str(tmp_path))

    assert json.loads(result.stdout)["left_out"] == ["notes.md", "older/"]
    assert "Folders in it are not looked into: older/" in result.stderr
    assert (above.exit_code, "not looked into: letters/" in above.stderr) == (2, True)


def test_a_manifest_that_names_no_language_is_itself_named(pagebus: Command, folder: Path) -> None:
    (folder / "MANIFEST.tsv").write_text("file\tlanguage\na.png\tgerman\n", encoding="utf-8")

    result = pagebus("eval", str(folder))

    assert result.exit_code == 2
    assert "MANIFEST.tsv, a.png" in result.stderr
