"""`python -m local.rules` returns 0 without problems, 1 with problems, and 2 if it could not check."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.rules.kustomize import find_tools_folder
from tests.kit import ROOT

TOPIC = """
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: one, labels: {strimzi.io/cluster: pagebus}}
spec: {partitions: 1, replicas: 1, config: {retention.ms: 1}}
"""


def run_lint(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.rules", *arguments]
    variables = {name: value for name, value in os.environ.items() if name != "PAGEBUS_CRDS"} | environment
    return subprocess.run(command, input=stdin, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_valid_manifest_prints_nothing() -> None:
    done = run_lint("-", stdin=TOPIC)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_valid_manifest_prints_empty_json_array() -> None:
    assert json.loads(run_lint("--json", "-", stdin=TOPIC).stdout) == []


def test_problem_is_printed_as_one_line() -> None:
    done = run_lint("-", stdin=TOPIC.replace("partitions", "partition"))
    assert done.returncode == 1
    assert done.stdout == (
        "-: KafkaTopic one: spec.partition: the twin does not know this field; correct its name or remove it (shape)\n"
    )


def test_problem_is_printed_as_json_object() -> None:
    (problem,) = json.loads(run_lint("--json", "-", stdin=TOPIC.replace("retention.ms", "retention.bytes")).stdout)
    assert problem == {
        "checker": "rules",
        "file": "-",
        "resource": "KafkaTopic one",
        "message": "spec.config.retention.ms: is not set; set the time that the broker keeps records",
    }


def test_folder_without_kustomization_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TOPIC)
    (tmp_path / "b.yaml").write_text(TOPIC)
    done = run_lint(str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.count("metadata.name: is used more than once") == 2


def test_unreadable_folder_returns_two(tmp_path: Path) -> None:
    empty, broken = tmp_path / "empty", tmp_path / "broken"
    empty.mkdir()
    broken.mkdir()
    (broken / "kustomization.yaml").write_text("resources: [nowhere.yaml]")
    for folder, words in ((empty, "no manifests"), (broken, "could not build"), (tmp_path / "none", "is no folder")):
        done = run_lint(str(folder))
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_missing_program_is_reported_with_instructions(tmp_path: Path) -> None:
    done = run_lint("-", stdin=TOPIC, PAGEBUS_TOOLS=str(tmp_path))
    assert done.returncode == 2
    assert "run `make knative-check`" in done.stderr


def test_program_reads_several_documents_per_file(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n---\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\nDATA: {}\n"
    )
    folder = find_tools_folder() / "knative-check"
    command = [str(folder / "knative-check"), "--crds", str(folder / "crds")]
    done = subprocess.run([*command, tmp_path / "two.yaml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f'{tmp_path / "two.yaml"}: ConfigMap bad: unknown field "DATA"\n')
    assert subprocess.run([*command, tmp_path / "none.yaml"], capture_output=True, check=False).returncode == 2
