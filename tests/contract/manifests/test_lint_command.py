"""`python -m local.rules`: 0 where nothing is wrong, 1 where something is, 2 where it could not tell."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.rules.built import tools
from tests.kit import ROOT

TOPIC = """
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: one, labels: {strimzi.io/cluster: pagebus}}
spec: {partitions: 1, replicas: 1, config: {retention.ms: 1}}
"""


def lint(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.rules", *arguments]
    given = {name: value for name, value in os.environ.items() if name != "PAGEBUS_CRDS"} | environment
    return subprocess.run(command, input=stdin, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    done = lint("-", stdin=TOPIC)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_where_nothing_is_wrong_a_machine_is_told_so() -> None:
    assert json.loads(lint("--json", "-", stdin=TOPIC).stdout) == []


def test_each_problem_is_a_line_that_says_where_and_what_to_do() -> None:
    done = lint("-", stdin=TOPIC.replace("partitions", "partition"))
    assert done.returncode == 1
    assert done.stdout == (
        "-: KafkaTopic one: spec.partition: the twin does not know this field; correct its name or remove it (shape)\n"
    )


def test_each_problem_is_an_object_for_a_machine() -> None:
    (problem,) = json.loads(lint("--json", "-", stdin=TOPIC.replace("retention.ms", "retention.bytes")).stdout)
    assert problem == {
        "judge": "rules",
        "file": "-",
        "resource": "KafkaTopic one",
        "problem": "spec.config.retention.ms: is left to the broker; say how long records are kept",
    }


def test_a_folder_is_judged_file_by_file_where_it_has_no_kustomization(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TOPIC)
    (tmp_path / "b.yaml").write_text(TOPIC)
    done = lint(str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.count("metadata.name: stands more than once") == 2


def test_what_can_not_be_judged_is_no_success(tmp_path: Path) -> None:
    empty, broken = tmp_path / "empty", tmp_path / "broken"
    empty.mkdir()
    broken.mkdir()
    (broken / "kustomization.yaml").write_text("resources: [nowhere.yaml]")
    for folder, words in ((empty, "no manifests"), (broken, "could not build"), (tmp_path / "none", "is no folder")):
        done = lint(str(folder))
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_without_the_program_it_says_how_to_get_it(tmp_path: Path) -> None:
    done = lint("-", stdin=TOPIC, PAGEBUS_TOOLS=str(tmp_path))
    assert done.returncode == 2
    assert "run `make knative-check`" in done.stderr


def test_the_program_reads_files_of_several_documents_and_counts_in_its_status(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n---\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\nDATA: {}\n"
    )
    folder = tools() / "knative-check"
    command = [str(folder / "knative-check"), "--crds", str(folder / "crds")]
    done = subprocess.run([*command, tmp_path / "two.yaml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f'{tmp_path / "two.yaml"}: ConfigMap bad: unknown field "DATA"\n')
    assert subprocess.run([*command, tmp_path / "none.yaml"], capture_output=True, check=False).returncode == 2
