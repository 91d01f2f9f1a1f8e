"""The generated manifests are up to date with functions/*/function.yaml, functions/*/engine.yaml and the templates."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.generation.descriptions import DescriptionError, load_engines
from local.generation.files import HEADER, find_stale_files, render_files, write_files
from tests.contract.layout.repository import ROOT, list_functions
from tests.e2e.added_engine import ENGINE


def write_engine(root: Path, text: str = ENGINE, name: str = "toy") -> None:
    """Write functions/<name>/engine.yaml below `root`."""
    (root / "functions" / name).mkdir(parents=True)
    (root / "functions" / name / "engine.yaml").write_text(text)


def test_committed_files_are_up_to_date() -> None:
    assert find_stale_files(ROOT, render_files(ROOT)) == []


@pytest.mark.parametrize("function", sorted(list_functions()))
def test_function_has_one_description(function: str) -> None:
    is_engine = "reader.py" in list_functions()[function]

    assert (ROOT / "functions" / function / "engine.yaml").exists() == is_engine
    assert (ROOT / "functions" / function / "function.yaml").exists() != is_engine


def test_stale_and_abandoned_files_are_written_or_deleted(tmp_path: Path) -> None:
    base = tmp_path / "knative" / "base"
    base.mkdir(parents=True)
    (base / "a.yaml").write_text("old")
    (base / "removed.yaml").write_text(HEADER)
    (base / "handwritten.yaml").write_text("kept")
    files = {Path("knative/base/a.yaml"): "new", Path("knative/base/b.yaml"): "new"}

    write_files(tmp_path, files)

    assert {file.name: file.read_text() for file in base.iterdir()} == {
        "a.yaml": "new",
        "b.yaml": "new",
        "handwritten.yaml": "kept",
    }
    assert find_stale_files(tmp_path, files) == []


def test_check_names_stale_files(tmp_path: Path) -> None:
    (tmp_path / "knative").mkdir()
    (tmp_path / "knative" / "templates").symlink_to(ROOT / "knative" / "templates")
    write_engine(tmp_path)

    command = [sys.executable, "-m", "local.generation", "--check", "--root", str(tmp_path)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 1
    assert "knative/base/toy.yaml" in checked.stderr
    assert "Run `make manifests`." in checked.stderr


def test_timeout_covers_cold_start_and_queue(tmp_path: Path) -> None:
    write_engine(tmp_path)

    [engine] = load_engines(tmp_path)

    assert engine.timeout_seconds == 30 + 2 * 150
    assert engine.delivery_timeout_minutes == 6


@pytest.mark.parametrize(
    ("text", "replacement", "message"),
    [
        ("replicas: 2", "replica: 2", "replica: Extra inputs are not permitted"),
        ("replicas: 2", "", "replicas: Field required"),
        ("replicas: 2", "replicas: 0", "greater than or equal to 1"),
        ("memory: 512Mi", "memory: 512Mb", "'512Mb' is no quantity"),
        ("partitions: 4", "partitions: 40", "Knative allows 600 s"),
        ("replicas: 2", "replicas: [", "is no YAML"),
    ],
)
def test_invalid_description_is_rejected(tmp_path: Path, text: str, replacement: str, message: str) -> None:
    write_engine(tmp_path, ENGINE.replace(text, replacement, 1))

    with pytest.raises(DescriptionError) as error:
        load_engines(tmp_path)

    assert message in str(error.value)
    assert "toy/engine.yaml" in str(error.value)


def test_name_that_is_no_part_of_a_topic_is_rejected(tmp_path: Path) -> None:
    write_engine(tmp_path, name="my_engine")

    with pytest.raises(DescriptionError, match="folder: String should match pattern"):
        load_engines(tmp_path)


def test_engines_with_one_route_number_are_rejected(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_engine(tmp_path, f"{ENGINE}route: 3\n", name)

    with pytest.raises(DescriptionError, match=r"second/engine\.yaml: route: 3 is already the route of first"):
        load_engines(tmp_path)


def test_engines_with_different_route_numbers_are_sorted(tmp_path: Path) -> None:
    for name, route in (("alpha", "route: 2\n"), ("beta", "route: 1\n"), ("gamma", ""), ("delta", "")):
        write_engine(tmp_path, ENGINE + route, name)

    assert [engine.name for engine in load_engines(tmp_path)] == ["beta", "alpha", "delta", "gamma"]
