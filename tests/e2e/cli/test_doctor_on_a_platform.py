"""`pagebus doctor` on the embedded platform: well, without its database, and with manifests that somebody spoilt."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.platform.lifecycle import start_part, stop_part
from tests.kit import ROOT, Running, eventually, pagebus, running

Finding = Mapping[str, Any]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("home"), "embedded") as there:
        yield there


def examined(home: Path, *flags: str) -> tuple[int, list[Finding]]:
    """The exit code and the findings."""
    said = pagebus("doctor", "--json", *flags, home=home)
    assert said.stderr.count("Traceback") == 0
    return said.returncode, json.loads(said.stdout)


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding["state"] == "wrong"]


def spoilt(folder: Path, name: str, old: str, new: str) -> list[str]:
    """The product's manifests with one of them changed, as flags."""
    shutil.copytree(ROOT / "knative/base", folder / "base")
    file = folder / "base" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return ["--manifests", str(folder / "base"), "--manifests", str(ROOT / "infra/kafka")]


def test_of_what_is_up_everything_is_looked_at_and_nothing_is_wrong(up: Running) -> None:
    code, findings = examined(up.home)

    assert (code, wrong(findings)) == (0, [])
    looked_at = {(finding["group"], finding["check"]) for finding in findings}
    assert {finding["group"] for finding in findings} == {
        *("machine", "tools", "packages", "models", "manifests", "settings", "servers", "twin")
    }
    assert {
        *(("machine", "sandbox"), ("machine", "clock and S3's"), ("machine", "clock and PostgreSQL's")),
        *(("servers", "Kafka"), ("servers", "topics"), ("servers", "conditional writes"), ("servers", "notification")),
        *(("servers", "PostgreSQL"), ("servers", "tables"), ("servers", "dead letters"), ("twin", "gateway")),
        *(("settings", "intake"), ("models", "tesseract"), ("packages", "tesseract")),
    } <= looked_at


def test_looking_leaves_nothing_in_the_buckets_and_tells_nobody(up: Running) -> None:
    examined(up.home)

    for bucket in ("UPLOADS_BUCKET", "RESULTS_BUCKET"):
        assert "Contents" not in up.s3().list_objects_v2(Bucket=up.environment[bucket])
    assert up.records("pagebus.uploads") == []


def test_without_its_database_it_says_exactly_that(up: Running) -> None:
    stop_part(up.home, "postgres")
    try:
        code, findings = examined(up.home)
        shown = pagebus("doctor", home=up.home)
    finally:
        start_part(up.home, "postgres")

    assert code == 1
    [only] = wrong(findings)
    assert (only["group"], only["check"]) == ("servers", "PostgreSQL")
    assert "pagebus up --detach" in only["advice"]
    assert "✗" in shown.stdout
    assert "PostgreSQL" in shown.stdout
    eventually(lambda: examined(up.home)[0] == 0, what="a doctor that finds all well again")


def test_servers_can_be_named_one_by_one(up: Running) -> None:
    code, findings = examined(up.home, "--database", up.environment["DATABASE_URL"])

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
def test_a_setting_is_named_with_what_is_wrong_and_where(  # one per parameter of the test
    tmp_path: Path, old: str, new: str, found: str, advice: str
) -> None:
    code, findings = examined(tmp_path / "home", *spoilt(tmp_path, "intake.yaml", old, new))

    [setting] = [one for one in wrong(findings) if one["found"].startswith(found)]
    assert code == 1
    assert (setting["group"], setting["check"]) == ("settings", "intake")
    assert setting["advice"].startswith(advice)
    assert "intake.yaml: Service intake" in setting["advice"]


def test_with_nothing_up_it_says_how_to_go_on_and_leaves_nothing_behind(tmp_path: Path) -> None:
    code, findings = examined(tmp_path / "home")

    [servers] = [finding for finding in findings if finding["group"] == "servers"]
    assert code == 0
    assert "pagebus up --detach" in servers["advice"]
    assert not (tmp_path / "home").exists()
