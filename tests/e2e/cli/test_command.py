"""The command as people type it, on the embedded platform."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit import SAMPLES, Running, eventually, pagebus

LETTER = SAMPLES / "brief.png"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which Pagebus is up."""
    folder = tmp_path_factory.mktemp("home")
    up = pagebus("up", "--detach", home=folder)
    assert up.returncode == 0, up.stderr
    yield folder
    down = pagebus("down", home=folder)
    assert down.returncode == 0, down.stderr
    assert _processes(folder) == []
    assert not (folder / "telemetry").exists()


def _processes(home: Path) -> list[str]:
    """Every process that has to do with this home, by command line or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:  # gone, or not ours to look at
            continue
        if any(str(home).encode() in text for text in said):
            found.append(said[0].decode(errors="replace").replace("\0", " "))
    return found


def _environment(home: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads(pagebus("env", "--json", home=home).stdout)
    return said


def _submitted(home: Path, *arguments: str) -> dict[str, Any]:
    result = pagebus("submit", *arguments, "--wait", "--json", home=home)
    [document] = json.loads(result.stdout)
    return {**document, "exit": result.returncode}


def test_up_again_says_so_and_changes_nothing(home: Path) -> None:
    before = _environment(home)

    again = pagebus("up", "--detach", home=home)

    assert again.returncode == 0
    assert "up already" in again.stdout
    assert _environment(home) == before


def test_another_platform_or_other_manifests_need_a_down_first(home: Path, tmp_path: Path) -> None:
    for asked in (["--platform", "real"], ["--manifests", str(tmp_path)]):
        refused = pagebus("up", "--detach", *asked, home=home)
        assert refused.returncode == 2
        assert "pagebus down" in refused.stderr


def test_a_shell_knows_everything_after_eval(home: Path) -> None:
    command = Path(sys.executable).with_name("pagebus")
    shell = subprocess.run(
        ["sh", "-c", f'eval "$({command} env)" && printf "%s %s" "$DATABASE_URL" "$PAGEBUS_GATEWAY"'],
        env=os.environ | {"PAGEBUS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )

    environment = _environment(home)
    assert shell.stdout == f"{environment['DATABASE_URL']} {environment['PAGEBUS_GATEWAY']}"


def test_the_same_file_twice_is_one_document_with_one_text(home: Path) -> None:
    letter = [str(LETTER), "--tenant", "twice"]
    first, second = (_submitted(home, *letter, *wish) for wish in ([], ["--engines", "rapidocr"]))
    wished = {"languages": ["deu"], "engines": None, "consensus": False, "min_confidence": 0.93}

    assert (first["exit"], first["state"]) == (0, "completed")
    assert "ß" in str(first["text"])
    assert (first["known"], second["known"]) == (False, True)
    assert second["wishes"]["then"] == {**wished, "outputs": ["text", "markdown", "json"]}
    assert second["wishes"]["now"] == first["wishes"]["now"] | {"engines": ["rapidocr"]}
    assert second == first | {"known": True, "wishes": second["wishes"]}
    status = json.loads(pagebus("status", "--tenant", "twice", "--json", home=home).stdout)
    assert [document["document"] for document in status["documents"]] == [first["document"]]


def test_the_beginning_of_an_id_is_enough_for_its_text_and_its_pages(home: Path, tmp_path: Path) -> None:
    submitted = _submitted(home, str(LETTER), "--tenant", "prefix")
    prefix = str(submitted["document"])[:10]

    printed = pagebus("text", prefix, home=home)
    written = pagebus("text", prefix, "--format", "json", "-o", str(tmp_path / "out.json"), home=home)
    told = pagebus("status", prefix, "--json", home=home)

    assert printed.stdout == submitted["text"]
    assert written.returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["document"] == submitted["document"]
    [page] = json.loads(told.stdout)["pages"]
    assert (page["page"], page["state"], page["engine"]) == (1, "recognized", "tesseract")


def test_a_trace_begins_with_the_upload_and_follows_the_document_through_the_twin(home: Path) -> None:
    document = str(_submitted(home, str(LETTER), "--tenant", "traced")["document"])

    printed = pagebus("trace", document[:10], home=home)
    told = json.loads(pagebus("trace", document[:10], "--json", home=home).stdout)

    assert printed.returncode == 0, printed.stderr
    assert "PutObject" in printed.stdout
    by_id = {span["spanId"]: span for span in told}
    [put] = [span for span in told if span["name"] == "PutObject"]
    digits = document.replace("-", "")
    assert (put["traceId"], put["parentSpanId"]) == (digits, digits[16:])
    delivered = [span for span in told if span["name"] == "POST"]
    assert {by_id[span["parentSpanId"]]["name"] for span in delivered} >= {
        "receive pagebus.outcomes",
        "receive pagebus.assemblies",
    }
    assert {span["traceId"] for span in told} == {digits}


def test_metrics_are_where_up_says(home: Path) -> None:
    place = next(
        line for line in pagebus("up", "--detach", home=home).stdout.splitlines() if line.startswith("metrics")
    )

    with urllib.request.urlopen(place.split()[1]) as answer:  # noqa: S310  # our loopback
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert place.split()[1] == f"{_environment(home)['OTEL_EXPORTER_OTLP_ENDPOINT']}/metrics"


def test_a_rejected_document_ends_with_one_and_its_reason(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()

    submitted = _submitted(home, str(empty))
    text = pagebus("text", str(submitted["document"]), home=home)

    assert (submitted["exit"], submitted["state"], submitted["reason"]) == (1, "rejected", "empty")
    assert text.returncode == 1
    assert "rejected (empty)" in text.stderr


def test_what_was_rejected_for_its_options_is_read_when_submitted_again_with_others(home: Path) -> None:
    letter, key, bus = [str(LETTER), "--tenant", "again"], f"in/again/{LETTER.name}", Running(home, _environment(home))
    bus.upload(key, LETTER.read_bytes(), {"pagebus-engines": "nosuchengine"})
    rejected = bus.ended(key)
    ignored = _submitted(home, *letter, "--engines", "tesseract")

    read = _submitted(home, *letter, "--again", "--engines", "tesseract")

    assert (rejected["state"], rejected["reason"]) == ("rejected", "unknown_engine")
    assert (ignored["exit"], ignored["state"], ignored["known"]) == (1, "rejected", True)
    assert ignored["document"] == str(rejected["document"])
    assert (read["exit"], read["state"], read["again"]) == (0, "completed", True)
    assert read["document"] != rejected["document"]
    assert "ß" in str(read["text"])


def test_an_engine_that_is_not_here_is_refused_and_nothing_is_uploaded(home: Path) -> None:
    refused = pagebus("submit", str(LETTER), "--tenant", "refused", "--engines", "tesserct", home=home)

    assert refused.returncode == 2
    assert "No engine is called tesserct. Engines here: rapidocr, tesseract." in refused.stderr
    s3 = Running(home, _environment(home)).s3()
    assert "Contents" not in s3.list_objects_v2(Bucket="pagebus-uploads", Prefix="in/refused/")


def test_after_the_twin_was_killed_up_brings_it_back_with_everything_there(home: Path) -> None:
    submitted = _submitted(home, str(LETTER), "--tenant", "killed")
    os.kill(json.loads((home / "twin.json").read_text())["pid"], signal.SIGKILL)

    eventually(lambda: pagebus("status", home=home).returncode == 1, what="an end of the twin")
    missing = pagebus("status", home=home)
    assert "pagebus up" in missing.stderr
    assert pagebus("up", "--detach", home=home).returncode == 0

    assert pagebus("text", str(submitted["document"]), home=home).stdout == submitted["text"]


def test_ctrl_c_brings_everything_down(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("pagebus")), "up"]
    environment = os.environ | {"PAGEBUS_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as up:
        eventually(lambda: pagebus("env", home=tmp_path).returncode == 0, what="a Pagebus that is up")
        up.send_signal(signal.SIGINT)
        assert up.wait(90) == 130

    assert _processes(tmp_path) == []
    for _ in range(2):
        assert pagebus("down", home=tmp_path).returncode == 0


def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("pagebus")), "up"]
    environment = os.environ | {"PAGEBUS_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as up:
        eventually((tmp_path / "processes").exists, what="a first process")
        up.send_signal(signal.SIGINT)
        assert up.wait(90) == 130

    assert _processes(tmp_path) == []
