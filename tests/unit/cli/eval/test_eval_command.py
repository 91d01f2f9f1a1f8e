"""`pagebus eval` with a fake in place of the reading."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli.eval import reading
from local.cli.eval.reading import ReadingOptions
from local.evaluation.scores import EvaluatedPage, FileReading
from local.evaluation.truth import DocumentWithTruth

Command = Callable[..., Result]
TRUTHS = {"a.png": "Größe der Straße", "b.pdf": "fünf Äpfel"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    folder.mkdir()
    for name, truth in TRUTHS.items():
        (folder / name).touch()
        (folder / name).with_suffix(".gt.txt").write_text(truth, encoding="utf-8")
    (folder / "notes.md").touch()
    return folder


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[ReadingOptions]:
    """Return the options of each run. The route reads all, rapidocr reads no Ä, and tesseract fails at b.pdf."""
    used: list[ReadingOptions] = []

    def read(_: object, pairs: Sequence[DocumentWithTruth], options: ReadingOptions) -> list[FileReading]:
        used.append(options)
        return [_create_read(pair.name, options.name) for pair in pairs]

    monkeypatch.setattr(reading, "read_documents", read)
    return used


def _create_read(file: str, route: str) -> FileReading:
    ended = "failed" if (route, file) == ("tesseract", "b.pdf") else "completed"
    text = TRUTHS[file].replace("Ä", "A") if route == "rapidocr" else TRUTHS[file]
    engines = {"routed": "rapidocr" if file == "b.pdf" else "tesseract", "routed-consensus": "consensus"}
    page = EvaluatedPage(
        page=1,
        state="recognized",
        engine=engines.get(route, route),
        why="a scan",
        confidence=0.9,
        best_effort=False,
        route=("tesseract", "rapidocr") if route.startswith("routed") else (route,),
        waiting=0.0,
        starting=0.0,
        reading=1.0,
        others=None,
    )
    return FileReading(
        file=file,
        document="0f",
        state=ended,
        is_completed=ended == "completed",
        reason=None if ended == "completed" else "no_page_recognized",
        message=None if ended == "completed" else "None of its pages could be read.",
        text=text if ended == "completed" else "",
        pages=(page,),
    )


@pytest.mark.usefixtures("up")
def test_scores_are_printed_per_file_and_in_total(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    result = pagebus("eval", str(folder))

    assert result.exit_code == 0
    assert [(run.name, run.engines, run.tenant) for run in runs] == [("routed", None, "eval")]
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["a.png", "0.000", "0.000", "1.000", "0", "0", "1.0", "tesseract"] in lines
    assert lines[-2][:4] == ["routed", "2", "2", "0.000"]
    assert "Skipped, because the document or its true text is missing: notes.md." in result.stderr
    assert {"escalated:", "seconds:"} <= set(result.stdout.split())


@pytest.mark.usefixtures("up")
def test_compare_runs_each_engine_alone(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    printed = json.loads(pagebus("eval", str(folder), "--compare", "--json").stdout)

    assert [(run.name, run.engines) for run in runs] == [
        ("routed", None),
        ("tesseract", "tesseract"),
        ("rapidocr", "rapidocr"),
    ]
    assert [(run["run"], run["overall"]["unread"], run["overall"]["umlauts_lost"]) for run in printed["runs"]] == [
        ("routed", 0, 0),
        ("tesseract", 1, 2),
        ("rapidocr", 0, 1),
    ]
    assert (printed["runs"][0]["overall"]["escalated"], printed["runs"][1]["overall"]["escalated"]) == (1, 0)
    # The first run counts too: with a text layer, it can be better than each engine alone.
    assert printed["best_of_each_file"]["umlauts_lost"] == 0
    assert printed["skipped"] == ["notes.md"]


@pytest.mark.usefixtures("up")
def test_comparison_table_has_a_row_per_run(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    output = pagebus("eval", str(folder), "--compare").stdout

    rows = [line for line in output.splitlines() if line.strip()][-4:]
    assert [row.split("  ")[0] for row in rows] == [*(run.name for run in runs), "best of each file"]
    assert "CER(rapidocr)" in output


@pytest.mark.usefixtures("up")
def test_given_engine_alone_has_nothing_to_compare(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    result = pagebus("eval", str(folder), "--engines", "rapidocr", "--compare")

    assert [run.name for run in runs] == ["rapidocr"]
    assert "--compare has no effect" in result.stderr


@pytest.mark.usefixtures("up")
def test_consensus_is_compared_with_single_engines(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    assert pagebus("eval", str(folder), "--consensus", "--compare").exit_code == 1  # tesseract alone fails at b.pdf

    assert [(run.name, run.engines, run.consensus) for run in runs] == [
        ("routed-consensus", None, True),
        ("tesseract", "tesseract", None),
        ("rapidocr", "rapidocr", None),
    ]


@pytest.mark.usefixtures("up")
def test_consensus_option_is_part_of_the_route_name(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    for option in ("--consensus", "--no-consensus"):
        pagebus("eval", str(folder), "--engines", "tesseract,rapidocr", option)

    assert [(run.name, run.consensus) for run in runs] == [
        ("tesseract-then-rapidocr-consensus", True),
        ("tesseract-then-rapidocr-no-consensus", False),
    ]


@pytest.mark.usefixtures("up")
def test_document_without_text_fails_and_is_scored(pagebus: Command, folder: Path, runs: list[ReadingOptions]) -> None:
    result = pagebus("eval", str(folder), "--engines", "tesseract", "--json")

    assert runs
    assert result.exit_code == 1
    [_, lost] = json.loads(result.stdout)["runs"][0]["files"]
    assert (lost["reason"], lost["message"]) == ("no_page_recognized", "None of its pages could be read.")
    assert (lost["file"], lost["state"], lost["cer"], lost["umlauts_lost"]) == ("b.pdf", "failed", 1.0, 2)


@pytest.mark.usefixtures("up", "runs")
def test_reasons_of_missing_texts_are_printed(pagebus: Command, folder: Path) -> None:
    output = pagebus("eval", str(folder), "--engines", "tesseract").stdout

    assert output.count("b.pdf failed: no_page_recognized: None of its pages could be read.") == 1
    assert "read." not in pagebus("eval", str(folder)).stdout.partition("file ")[2]


@pytest.mark.usefixtures("up", "runs")
def test_report_is_written_to_the_given_file(pagebus: Command, folder: Path, tmp_path: Path) -> None:
    result = pagebus("eval", str(folder), "--report", str(tmp_path / "report.html"))

    assert result.exit_code == 0
    assert "Größe der Straße" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("up")
def test_interrupted_evaluation_says_how_to_continue(
    pagebus: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "read_documents", interrupted)

    result = pagebus("eval", str(folder), "--tenant", "mine")

    assert result.exit_code == 130
    assert "uploaded files are still being read" in result.stderr
    assert "pagebus status --tenant mine" in result.stderr


@pytest.mark.parametrize(
    ("option", "named"),
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
def test_invalid_option_is_refused_before_reading(
    pagebus: Command, folder: Path, runs: list[ReadingOptions], option: list[str], named: str
) -> None:
    result = pagebus("eval", str(folder), *option)

    assert (result.exit_code, runs) == (2, [])
    assert named in result.stderr


def test_evaluation_without_a_stack_advises_up(pagebus: Command, folder: Path) -> None:
    result = pagebus("eval", str(folder))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "pagebus up" in result.stderr


def test_folder_without_valid_texts_is_refused(pagebus: Command, tmp_path: Path) -> None:
    nothing = pagebus("eval", str(tmp_path))
    nowhere = pagebus("eval", str(tmp_path / "gone"))
    (tmp_path / "a.png").touch()
    (tmp_path / "a.gt.txt").write_bytes(b"Gr\xf6\xdfe")
    garbled = pagebus("eval", str(tmp_path))

    assert [result.exit_code for result in (nothing, nowhere, garbled)] == [2, 2, 2]
    assert "has a true text" in nothing.stderr
    assert "no folder" in nowhere.stderr
    assert "a.gt.txt is not UTF-8" in garbled.stderr


@pytest.mark.usefixtures("up", "runs")
def test_skipped_folders_are_named(pagebus: Command, folder: Path, tmp_path: Path) -> None:
    (folder / "older").mkdir()

    result = pagebus("eval", str(folder), "--json")
    above = pagebus("eval", str(tmp_path))

    assert json.loads(result.stdout)["skipped"] == ["notes.md", "older/"]
    assert "Subfolders are not read: older/" in result.stderr
    assert (above.exit_code, "not read: letters/" in above.stderr) == (2, True)


def test_invalid_language_in_the_manifest_names_its_place(pagebus: Command, folder: Path) -> None:
    (folder / "MANIFEST.tsv").write_text("file\tlanguage\na.png\tgerman\n", encoding="utf-8")

    result = pagebus("eval", str(folder))

    assert result.exit_code == 2
    assert "MANIFEST.tsv, a.png" in result.stderr
