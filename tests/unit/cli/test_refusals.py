"""What cannot work is said in a line or two, before anything is done, with the exit code that says whose turn it is."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import entry, main, twin, upload

Command = Callable[..., Result]


@pytest.mark.parametrize(
    "verb",
    [
        ["env"],
        ["status"],
        ["status", "--watch"],
        ["text", "0f"],
        ["submit", __file__],
        ["watch"],
        ["dead-letters", "list"],
        ["dead-letters", "show", "0f"],
        ["dead-letters", "redrive", "0f"],
    ],
)
def test_a_verb_that_needs_a_running_pagebus_says_how_to_start_one(pagebus: Command, verb: list[str]) -> None:
    result = pagebus(*verb)

    assert result.exit_code == 1
    assert "pagebus up" in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("up")
def test_nothing_is_uploaded_where_no_intake_would_read_it(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [{"name": "hello"}]})
    monkeypatch.setattr(upload, "put", lambda *_: pytest.fail("uploaded"))

    result = pagebus("submit", __file__)

    assert result.exit_code == 1
    assert "No intake runs" in result.stderr


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (["status"], 1),
        (["watch"], 1),
        (["dead-letters", "redrive"], 2),
        (["dead-letters", "list", "--limit", "0"], 2),
        (["up", "--manifests", "/nowhere/at/all"], 2),
        (["text"], 2),
        (["submit", __file__, "--odd"], 2),
    ],
)
def test_with_json_an_error_is_json_on_stdout_too(pagebus: Command, verb: list[str], code: int) -> None:
    result = pagebus(*verb, "--json")

    assert result.exit_code == code
    assert json.loads(result.stdout)["error"] in result.stderr.replace("\n", " ")


def test_the_version_can_be_asked_for(pagebus: Command) -> None:
    result = pagebus("--version")

    assert (result.exit_code, result.stdout) == (0, f"pagebus {version('pagebus')}\n")


@pytest.mark.usefixtures("up")
def test_nothing_of_an_id_is_no_id(pagebus: Command) -> None:
    result = pagebus("text", "")

    assert result.exit_code == 2
    assert "Give a document's id" in result.stderr


def test_down_with_nothing_up_says_so_and_succeeds_twice(pagebus: Command, home: Path) -> None:
    for _ in range(2):
        result = pagebus("down")
        assert result.exit_code == 0
        assert f"Nothing was up in {home}" in result.stderr.replace("\n", "")
        assert "✓" not in result.stderr


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        (["--languages", "german"], "--languages"),
        (["--languages", "xyz"], "--languages"),
        (["--engines", "Tesseract"], "--engines"),
        (["--outputs", "docx"], "--outputs"),
        (["--min-confidence", "1.5"], "--min-confidence"),
        (["--tenant", "a/b"], "--tenant"),
        (["--tenant", ""], "--tenant"),
        (["--colour", "red"], "--colour"),
    ],
)
def test_a_wish_that_nobody_can_fulfil_is_impossible_and_nothing_is_uploaded(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, wish: list[str], named: str
) -> None:
    monkeypatch.setattr(upload, "put", lambda *_: pytest.fail("uploaded"))

    result = pagebus("submit", __file__, *wish)

    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize(
    ("wish", "advice"),
    [
        (["--languages", "german"], "as deu or deu+eng"),
        (["--engines", "Tesseract"], "as tesseract"),
        (["--outputs", "docx"], "text,markdown,json"),
        (["--min-confidence", "often"], "min-confidence"),
        (["--consensus", "--engines", "tesseract"], "Name two, or none."),
    ],
)
def test_a_wish_that_is_not_understood_comes_with_how_to_say_it(pagebus: Command, wish: list[str], advice: str) -> None:
    assert advice in pagebus("submit", __file__, *wish).stderr


@pytest.mark.usefixtures("up")
def test_a_text_for_a_folder_that_is_not_there_is_impossible(pagebus: Command, tmp_path: Path) -> None:
    result = pagebus("text", "0f", "-o", str(tmp_path / "nowhere/a.txt"))

    assert result.exit_code == 2
    assert f"there is no folder {tmp_path / 'nowhere'}" in result.stderr


def test_one_missing_file_among_several_is_impossible(pagebus: Command, tmp_path: Path) -> None:
    result = pagebus("submit", __file__, str(tmp_path / "gone.pdf"))

    assert result.exit_code == 2
    assert "gone.pdf" in result.stderr


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--kafka", "k:1"], "--s3 and --database"),
        (["--platform", "real", "--kafka", "k:1", "--s3", "http://s", "--database", "postgresql://d"], "--platform"),
        (["--platform", "cloud"], "--platform"),
        (["--manifests", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_up_refuses_what_does_not_go_together(pagebus: Command, flags: list[str], named: str) -> None:
    result = pagebus("up", "--detach", *flags)

    assert result.exit_code == 2
    assert named in result.stderr


def test_wrong_manifests_are_impossible_and_start_nothing(pagebus: Command, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "odd.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\n")

    result = pagebus("up", "--detach", "--manifests", str(folder))

    assert result.exit_code == 2
    assert "odd.yaml" in result.stderr
    assert not (home / "platform.json").exists()


@pytest.mark.parametrize("prefix", ["xyz", "0f" * 17])
@pytest.mark.usefixtures("up")
def test_what_is_no_id_is_told_from_an_id_that_nobody_has(pagebus: Command, prefix: str) -> None:
    result = pagebus("text", prefix)

    assert result.exit_code == 2
    assert "document's id" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_database_that_is_away_is_named(pagebus: Command) -> None:
    result = pagebus("text", "0f")

    assert result.exit_code == 1
    assert "PostgreSQL does not answer" in result.stderr


def test_a_mistake_of_ours_is_no_traceback_but_a_file_to_report(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mistaken(_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(twin, "stop", mistaken)
    monkeypatch.setattr("sys.argv", ["pagebus", "down"])

    with pytest.raises(SystemExit) as ended:
        main.run()

    assert "Traceback" not in f"{ended.value.code}{capsys.readouterr().err}"
    assert "mistaken" in (home / "logs/pagebus.log").read_text()


def test_ctrl_c_ends_the_command_without_a_traceback_from_its_first_import_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "run", interrupted)

    with pytest.raises(SystemExit) as ended:
        entry.run()

    assert ended.value.code == 130
