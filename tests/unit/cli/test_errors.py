"""Error messages and exit codes of the commands."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import entry, main
from local.cli.stack import twin
from local.cli.uploads import transfer
from local.twin.state import FunctionState, TwinState

Command = Callable[..., Result]


@pytest.mark.parametrize(
    "command",
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
def test_command_without_a_stack_advises_up(pagebus: Command, command: list[str]) -> None:
    result = pagebus(*command)

    assert result.exit_code == 1
    assert "pagebus up" in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("up")
def test_submit_without_intake_uploads_nothing(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState((FunctionState("hello"),)))
    monkeypatch.setattr(transfer, "upload_file", lambda *_: pytest.fail("uploaded"))

    result = pagebus("submit", __file__)

    assert result.exit_code == 1
    assert "No function named intake runs" in result.stderr


@pytest.mark.parametrize(
    ("command", "code"),
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
def test_error_is_json_on_stdout_with_json(pagebus: Command, command: list[str], code: int) -> None:
    result = pagebus(*command, "--json")

    assert result.exit_code == code
    assert json.loads(result.stdout)["error"] in result.stderr.replace("\n", " ")


def test_version_is_printed(pagebus: Command) -> None:
    result = pagebus("--version")

    assert (result.exit_code, result.stdout) == (0, f"pagebus {version('pagebus')}\n")


@pytest.mark.usefixtures("up")
def test_empty_id_is_refused(pagebus: Command) -> None:
    result = pagebus("text", "")

    assert result.exit_code == 2
    assert "The id of the document is empty" in result.stderr


def test_down_without_a_stack_succeeds(pagebus: Command, home: Path) -> None:
    for _ in range(2):
        result = pagebus("down")
        assert result.exit_code == 0
        assert f"Nothing was up in {home}" in result.stderr.replace("\n", "")
        assert "✓" not in result.stderr


@pytest.mark.parametrize(
    ("option", "named"),
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
def test_invalid_option_uploads_nothing(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, option: list[str], named: str
) -> None:
    monkeypatch.setattr(transfer, "upload_file", lambda *_: pytest.fail("uploaded"))

    result = pagebus("submit", __file__, *option)

    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        (["--languages", "german"], "as deu or deu+eng"),
        (["--engines", "Tesseract"], "as tesseract"),
        (["--outputs", "docx"], "text,markdown,json"),
        (["--min-confidence", "often"], "min-confidence"),
        (["--consensus", "--engines", "tesseract"], "Name two, or none."),
    ],
)
def test_invalid_option_is_refused_with_advice(pagebus: Command, option: list[str], advice: str) -> None:
    assert advice in pagebus("submit", __file__, *option).stderr


@pytest.mark.usefixtures("up")
def test_output_in_a_missing_folder_is_refused(pagebus: Command, tmp_path: Path) -> None:
    result = pagebus("text", "0f", "-o", str(tmp_path / "nowhere/a.txt"))

    assert result.exit_code == 2
    assert f"there is no folder {tmp_path / 'nowhere'}" in result.stderr


def test_missing_file_is_refused(pagebus: Command, tmp_path: Path) -> None:
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
def test_up_refuses_invalid_combinations(pagebus: Command, flags: list[str], named: str) -> None:
    result = pagebus("up", "--detach", *flags)

    assert result.exit_code == 2
    assert named in result.stderr


def test_invalid_manifests_start_nothing(pagebus: Command, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "odd.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\n")

    result = pagebus("up", "--detach", "--manifests", str(folder))

    assert result.exit_code == 2
    assert "odd.yaml" in result.stderr
    assert not (home / "platform.json").exists()


@pytest.mark.parametrize("prefix", ["xyz", "0f" * 17])
@pytest.mark.usefixtures("up")
def test_malformed_id_is_refused(pagebus: Command, prefix: str) -> None:
    result = pagebus("text", prefix)

    assert result.exit_code == 2
    assert "document's id" in result.stderr


@pytest.mark.usefixtures("up")
def test_unreachable_database_is_named(pagebus: Command) -> None:
    result = pagebus("text", "0f")

    assert result.exit_code == 1
    assert "PostgreSQL does not answer" in result.stderr


def test_unexpected_error_is_logged_without_a_printed_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail_to_stop(*_: object, **__: object) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(twin, "stop_twin", fail_to_stop)
    monkeypatch.setattr("sys.argv", ["pagebus", "down"])

    with pytest.raises(SystemExit) as ended:
        main.run()

    assert "Traceback" not in f"{ended.value.code}{capsys.readouterr().err}"
    assert "KeyError: 'a mistake of ours'" in (home / "logs/pagebus.log").read_text()


def test_interrupt_exits_with_130_without_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "run", interrupted)

    with pytest.raises(SystemExit) as ended:
        entry.run()

    assert ended.value.code == 130
