"""`pagebus doctor` on the embedded platform: intact, without its database, and with invalid manifests."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.platform.lifecycle import start_server_by_name, stop_server_by_name
from tests.kit import ROOT, PagebusStack, run_pagebus, run_stack, wait_for

Finding = Mapping[str, Any]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagebusStack]:
    with run_stack(tmp_path_factory.mktemp("home"), "embedded") as stack:
        yield stack


def examine(home: Path, *flags: str) -> tuple[int, list[Finding]]:
    """Return the exit code and the findings."""
    result = run_pagebus("doctor", "--json", *flags, home=home)
    assert result.stderr.count("Traceback") == 0
    return result.returncode, json.loads(result.stdout)


def select_wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding["state"] == "wrong"]


def change_manifest(folder: Path, name: str, old: str, new: str) -> list[str]:
    """Return options for the product's manifests, with a change in one of them."""
    shutil.copytree(ROOT / "knative/base", folder / "base")
    file = folder / "base" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return ["--manifests", str(folder / "base"), "--manifests", str(ROOT / "infra/kafka")]


def test_running_stack_has_no_wrong_finding(up: PagebusStack) -> None:
    code, findings = examine(up.home)

    assert (code, select_wrong(findings)) == (0, [])
    checks = {(finding["group"], finding["check"]) for finding in findings}
    assert {finding["group"] for finding in findings} == {
        *("machine", "tools", "packages", "models", "manifests", "settings", "servers", "twin")
    }
    assert {
        *(("machine", "sandbox"), ("machine", "clock of S3"), ("machine", "clock of PostgreSQL")),
        *(("servers", "Kafka"), ("servers", "topics"), ("servers", "conditional writes"), ("servers", "notification")),
        *(("servers", "PostgreSQL"), ("servers", "tables"), ("servers", "dead letters"), ("twin", "gateway")),
        *(("settings", "intake"), ("models", "tesseract"), ("packages", "tesseract")),
    } <= checks


def test_doctor_leaves_no_objects_and_no_events(up: PagebusStack) -> None:
    examine(up.home)

    for bucket in ("UPLOADS_BUCKET", "RESULTS_BUCKET"):
        assert "Contents" not in up.create_s3_client().list_objects_v2(Bucket=up.environment[bucket])
    assert up.read_records("pagebus.uploads") == []


def test_stopped_database_is_the_only_wrong_finding(up: PagebusStack) -> None:
    stop_server_by_name(up.home, "postgres")
    try:
        code, findings = examine(up.home)
        result = run_pagebus("doctor", home=up.home)
    finally:
        start_server_by_name(up.home, "postgres")

    assert code == 1
    [finding] = select_wrong(findings)
    assert (finding["group"], finding["check"]) == ("servers", "PostgreSQL")
    assert "pagebus up --detach" in finding["advice"]
    assert "✗" in result.stdout
    assert "PostgreSQL" in result.stdout
    wait_for(lambda: examine(up.home)[0] == 0, what="a doctor without wrong findings")


def test_single_server_can_be_checked(up: PagebusStack) -> None:
    code, findings = examine(up.home, "--database", up.environment["DATABASE_URL"])

    servers = [finding["check"] for finding in findings if finding["group"] == "servers"]
    assert code == 0
    assert servers == ["PostgreSQL", "connections", "tables", "dead letters"]


GROUPS = """          envFrom:
            - configMapRef:
                name: pagebus
            - secretRef:
                name: pagebus
"""


@pytest.mark.parametrize(
    ("old", "new", "found", "advice"),
    [
        ('value: "240"', "value: soon", "DEADLINE_SECONDS: Input should be a valid number", "Correct DEADLINE_SECONDS"),
        ("name: CONCURRENCY", "name: CONCURENCY", "CONCURENCY is read by nothing", "Write CONCURRENCY"),
        (GROUPS, "", "KAFKA_BOOTSTRAP_SERVERS: Field required. It must hold Kafka brokers", "Set KAFKA_BOOTSTRAP"),
    ],
    ids=["wrong", "misspelt", "unset"],
)
def test_invalid_setting_is_reported_with_its_place(
    tmp_path: Path, old: str, new: str, found: str, advice: str
) -> None:
    code, findings = examine(tmp_path / "home", *change_manifest(tmp_path, "intake.yaml", old, new))

    [setting] = [finding for finding in select_wrong(findings) if finding["found"].startswith(found)]
    assert code == 1
    assert (setting["group"], setting["check"]) == ("settings", "intake")
    assert setting["advice"].startswith(advice)
    assert "intake.yaml: Service intake" in setting["advice"]


def test_doctor_without_a_stack_advises_up(tmp_path: Path) -> None:
    code, findings = examine(tmp_path / "home")

    [servers] = [finding for finding in findings if finding["group"] == "servers"]
    assert code == 0
    assert "pagebus up --detach" in servers["advice"]
    assert not (tmp_path / "home").exists()
