"""The command in a shell, on the embedded platform."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.processes import list_processes
from tests.kit import SAMPLES, PagebusStack, run_pagebus, wait_for

LETTER = SAMPLES / "brief.png"


@pytest.fixture
def home(bus: PagebusStack) -> Path:
    """Return the home of the running stack."""
    return bus.home


def _load_environment(home: Path) -> dict[str, str]:
    printed: dict[str, str] = json.loads(run_pagebus("env", "--json", home=home).stdout)
    return printed


def _submit(home: Path, *arguments: str) -> dict[str, Any]:
    result = run_pagebus("submit", *arguments, "--wait", "--json", home=home)
    [document] = json.loads(result.stdout)
    return {**document, "exit": result.returncode}


def test_up_while_running_changes_nothing(home: Path) -> None:
    before = _load_environment(home)

    again = run_pagebus("up", "--detach", home=home)

    assert again.returncode == 0
    assert "up already" in again.stdout
    assert _load_environment(home) == before


def test_other_platform_or_manifests_need_down(home: Path, tmp_path: Path) -> None:
    for options in (["--platform", "real"], ["--manifests", str(tmp_path)]):
        refused = run_pagebus("up", "--detach", *options, home=home)
        assert refused.returncode == 2
        assert "pagebus down" in refused.stderr


def test_env_can_be_evaluated_by_a_shell(home: Path) -> None:
    command = Path(sys.executable).with_name("pagebus")
    shell = subprocess.run(
        ["sh", "-c", f'eval "$({command} env)" && printf "%s %s" "$DATABASE_URL" "$PAGEBUS_GATEWAY"'],
        env=os.environ | {"PAGEBUS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )

    environment = _load_environment(home)
    assert shell.stdout == f"{environment['DATABASE_URL']} {environment['PAGEBUS_GATEWAY']}"


def test_same_file_twice_is_one_document(home: Path) -> None:
    letter = [str(LETTER), "--tenant", "twice"]
    first, second = (_submit(home, *letter, *options) for options in ([], ["--engines", "rapidocr"]))
    expected = {"languages": ["deu"], "engines": None, "consensus": False, "min_confidence": 0.93}

    assert (first["exit"], first["state"]) == (0, "completed")
    assert "ß" in str(first["text"])
    assert (first["known"], second["known"]) == (False, True)
    assert second["options"]["then"] == {**expected, "outputs": ["text", "markdown", "json"]}
    assert second["options"]["now"] == first["options"]["now"] | {"engines": ["rapidocr"]}
    assert second == first | {"known": True, "options": second["options"]}
    status = json.loads(run_pagebus("status", "--tenant", "twice", "--json", home=home).stdout)
    assert [document["document"] for document in status["documents"]] == [first["document"]]


def test_id_prefix_selects_a_document(home: Path, tmp_path: Path) -> None:
    submitted = _submit(home, str(LETTER), "--tenant", "prefix")
    prefix = str(submitted["document"])[:10]

    printed = run_pagebus("text", prefix, home=home)
    written = run_pagebus("text", prefix, "--format", "json", "-o", str(tmp_path / "out.json"), home=home)
    status = run_pagebus("status", prefix, "--json", home=home)

    assert printed.stdout == submitted["text"]
    assert written.returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["document"] == submitted["document"]
    [page] = json.loads(status.stdout)["pages"]
    assert (page["page"], page["state"], page["engine"]) == (1, "recognized", "tesseract")


def test_trace_contains_upload_and_deliveries(home: Path) -> None:
    document = str(_submit(home, str(LETTER), "--tenant", "traced")["document"])

    printed = run_pagebus("trace", document[:10], home=home)
    spans = json.loads(run_pagebus("trace", document[:10], "--json", home=home).stdout)

    assert printed.returncode == 0, printed.stderr
    assert "PutObject" in printed.stdout
    by_id = {span["spanId"]: span for span in spans}
    [upload] = [span for span in spans if span["name"] == "PutObject"]
    digits = document.replace("-", "")
    assert (upload["traceId"], upload["parentSpanId"]) == (digits, digits[16:])
    delivered = [span for span in spans if span["name"] == "POST"]
    assert {by_id[span["parentSpanId"]]["name"] for span in delivered} >= {
        "receive pagebus.outcomes",
        "receive pagebus.assemblies",
    }
    assert {span["traceId"] for span in spans} == {digits}


def test_metrics_url_of_up_answers(home: Path) -> None:
    place = next(
        line for line in run_pagebus("up", "--detach", home=home).stdout.splitlines() if line.startswith("metrics")
    )

    with urllib.request.urlopen(place.split()[1]) as answer:  # noqa: S310  # our loopback
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert place.split()[1] == f"{_load_environment(home)['OTEL_EXPORTER_OTLP_ENDPOINT']}/metrics"


def test_rejected_document_exits_with_one(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()

    submitted = _submit(home, str(empty))
    text = run_pagebus("text", str(submitted["document"]), home=home)

    assert (submitted["exit"], submitted["state"], submitted["reason"]) == (1, "rejected", "empty")
    assert text.returncode == 1
    assert "rejected (empty)" in text.stderr


def test_rejected_file_is_read_again_with_other_options(home: Path) -> None:
    letter, key, bus = (
        [str(LETTER), "--tenant", "again"],
        f"in/again/{LETTER.name}",
        PagebusStack(home, _load_environment(home)),
    )
    bus.upload(key, LETTER.read_bytes(), {"pagebus-engines": "nosuchengine"})
    rejected = bus.wait_for_end(key)
    ignored = _submit(home, *letter, "--engines", "tesseract")

    read = _submit(home, *letter, "--again", "--engines", "tesseract")

    assert (rejected["state"], rejected["reason"]) == ("rejected", "unknown_engine")
    assert (ignored["exit"], ignored["state"], ignored["known"]) == (1, "rejected", True)
    assert ignored["document"] == str(rejected["document"])
    assert (read["exit"], read["state"], read["again"]) == (0, "completed", True)
    assert read["document"] != rejected["document"]
    assert "ß" in str(read["text"])


def test_unknown_engine_uploads_nothing(home: Path) -> None:
    refused = run_pagebus("submit", str(LETTER), "--tenant", "refused", "--engines", "tesserct", home=home)

    assert refused.returncode == 2
    assert "No engine is called tesserct. Engines here: rapidocr, tesseract." in refused.stderr
    s3 = PagebusStack(home, _load_environment(home)).create_s3_client()
    assert "Contents" not in s3.list_objects_v2(Bucket="pagebus-uploads", Prefix="in/refused/")


def test_up_restarts_a_killed_twin_with_its_data(home: Path) -> None:
    submitted = _submit(home, str(LETTER), "--tenant", "killed")
    os.kill(json.loads((home / "twin.json").read_text())["pid"], signal.SIGKILL)

    wait_for(lambda: run_pagebus("status", home=home).returncode == 1, what="an end of the twin")
    missing = run_pagebus("status", home=home)
    assert "pagebus up" in missing.stderr
    assert run_pagebus("up", "--detach", home=home).returncode == 0

    assert run_pagebus("text", str(submitted["document"]), home=home).stdout == submitted["text"]


def test_interrupt_of_up_stops_everything(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("pagebus")), "up"]
    environment = os.environ | {"PAGEBUS_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as up:
        wait_for(lambda: run_pagebus("env", home=tmp_path).returncode == 0, what="a Pagebus that is up")
        up.send_signal(signal.SIGINT)
        assert up.wait(90) == 130

    assert list_processes(tmp_path) == []
    for _ in range(2):
        assert run_pagebus("down", home=tmp_path).returncode == 0


def test_interrupt_during_start_leaves_nothing(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("pagebus")), "up"]
    environment = os.environ | {"PAGEBUS_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as up:
        wait_for((tmp_path / "processes").exists, what="a first process")
        up.send_signal(signal.SIGINT)
        assert up.wait(90) == 130

    assert list_processes(tmp_path) == []
