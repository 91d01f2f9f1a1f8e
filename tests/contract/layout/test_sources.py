"""Small modules, small functions, and nothing of one machine in what is published."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.layout.repository import ROOT, tracked

MODULE_LINES, FUNCTION_LINES = 250, 30
# Joined here, so that this file does not hold what it forbids.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("repo", "anaconda", "com"),
    )
)
_PERSONAL = re.compile(r"(?<![\w.$}])/(?:work|farm|root|home|Users)/[\w.]+")
_EXCUSE = re.compile(r"\s*(?:noqa|type:\s*ignore)\b")
_INDEX = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|--find-links|--trusted-host)\b", re.MULTILINE)


def texts() -> Iterator[tuple[Path, str]]:
    """Tracked files that hold text."""
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:4096]:
            yield path, content.decode(errors="replace")


def long_functions(source: str) -> list[str]:
    return [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]


def unreasoned(source: str) -> list[str]:
    """Excuses after which no further comment gives the reason."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT and _lacks_reason(token.string)]


def _lacks_reason(comment: str) -> bool:
    *before, last = comment.split("#")[1:]
    excused = any(_EXCUSE.match(part) for part in (*before, last))
    return excused and (not last.strip() or bool(_EXCUSE.match(last)))


def told_of_a_machine(text: str) -> list[str]:
    """Hosts of registries, options that name an index, paths of one machine."""
    hosts = [host for host in REGISTRIES if host in text]
    return [*hosts, *_INDEX.findall(text), *_PERSONAL.findall(text)]


@pytest.mark.parametrize("path", tracked("*.py"), ids=str)
def test_a_module_is_small_and_so_are_its_functions(path: Path) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MODULE_LINES
    assert long_functions(source) == []


@pytest.mark.parametrize("path", tracked("*.py"), ids=str)
def test_every_excuse_has_a_reason(path: Path) -> None:
    assert unreasoned((ROOT / path).read_text(encoding="utf-8")) == []


def test_no_tracked_file_tells_of_a_machine_or_a_registry() -> None:
    told = {str(path): told_of_a_machine(text) for path, text in texts()}
    assert {path: found for path, found in told.items() if found} == {}


def test_a_long_function_is_seen_wherever_it_stands() -> None:
    body = "\n".join("        pass" for _ in range(FUNCTION_LINES))
    assert long_functions(f"class A:\n    def long(self):\n{body}") == [f"long: {FUNCTION_LINES + 1} lines"]
    assert long_functions(f"class A:\n    def short(self):\n{body.removeprefix('        pass' + chr(10))}") == []


@pytest.mark.parametrize("excuse", ["noqa", "noqa: E501", "type: ignore", "type: ignore[misc, arg-type]"])
def test_an_excuse_without_a_reason_is_seen(excuse: str) -> None:
    assert unreasoned(f"x = 1  # {excuse}")
    assert unreasoned(f"x = 1  # {excuse}  # ")
    assert unreasoned(f"x = 1  # {excuse}  # the stubs say otherwise") == []
    assert unreasoned(f"x = 1  # {excuse}  # noqa: S105")
    assert unreasoned(f"x = 1  # {excuse}  # noqa: S105  # the stubs say otherwise") == []


@pytest.mark.parametrize(
    "text",
    [
        f"see https://{REGISTRIES[0]}/project/x",
        "--index-url https://example.com/simple",
        "a\n--extra-index-url=x",
        f"open('{'/'}home/someone/x')",
        f"in {'/'}work/main",
    ],
)
def test_what_tells_of_a_machine_is_seen(text: str) -> None:
    assert told_of_a_machine(text)


@pytest.mark.parametrize(
    "text", ["https://example.com/home/x", f"GET /v1{'/'}work/x", f"${{HOME}}{'/'}work/x", "a-home/b", "/workspace/x"]
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert told_of_a_machine(text) == []
