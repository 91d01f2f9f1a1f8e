"""Tests of the size of modules and functions, and that no file has details of one machine."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.layout.repository import ROOT, find_problems, list_tracked_files, parse_module, read_source

MODULE_LINES, FUNCTION_LINES = 300, 40
# The names are joined here, so that this file does not contain them.
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
_SUPPRESSION = re.compile(r"\s*(?:noqa|type:\s*ignore)\b")
# Only files with such a comment are split into tokens, which takes most of the time.
_SUPPRESSION_HINT = re.compile(r"#.*(?:noqa|type:\s*ignore)")
_INDEX = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|--find-links|--trusted-host)\b", re.MULTILINE)


def read_text_files() -> Iterator[tuple[Path, str]]:
    """Yield the path and the content of every tracked text file."""
    for path in list_tracked_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:4096]:
            yield path, content.decode(errors="replace")


def find_long_functions(module: ast.Module) -> list[str]:
    return [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]


def find_missing_reasons(source: str) -> list[str]:
    """Return the comments that suppress a check without a reason after it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT and _lacks_reason(token.string)]


def _lacks_reason(comment: str) -> bool:
    *before, last = comment.split("#")[1:]
    suppresses = any(_SUPPRESSION.match(part) for part in (*before, last))
    return suppresses and (not last.strip() or bool(_SUPPRESSION.match(last)))


def find_machine_details(text: str) -> list[str]:
    """Return the hosts of registries, the options that select an index, and the paths of one machine in a text."""
    hosts = [host for host in REGISTRIES if host in text]
    return [*hosts, *_INDEX.findall(text), *_PERSONAL.findall(text)]


def find_long_module(path: Path) -> list[str]:
    lines = len(read_source(path).splitlines())
    return [f"{lines} lines"] if lines > MODULE_LINES else []


def test_modules_and_functions_are_small() -> None:
    modules = list_tracked_files("*.py")
    assert find_problems(modules, find_long_module) == {}
    assert find_problems(modules, lambda path: find_long_functions(parse_module(path))) == {}


def test_every_suppression_has_a_reason() -> None:
    modules = [path for path in list_tracked_files("*.py") if _SUPPRESSION_HINT.search(read_source(path))]
    assert modules
    assert find_problems(modules, lambda path: find_missing_reasons(read_source(path))) == {}


def test_no_tracked_file_has_machine_details() -> None:
    details = {str(path): find_machine_details(text) for path, text in read_text_files()}
    assert {path: found for path, found in details.items() if found} == {}


def test_long_function_is_found_in_a_class() -> None:
    body = "\n".join("        pass" for _ in range(FUNCTION_LINES - 1))
    too_long, short = (
        ast.parse(f"class A:\n    def long(self):\n{body}\n        pass"),
        ast.parse(f"class A:\n    def short(self):\n{body}"),
    )
    assert find_long_functions(too_long) == [f"long: {FUNCTION_LINES + 1} lines"]
    assert find_long_functions(short) == []


@pytest.mark.parametrize("suppression", ["noqa", "noqa: E501", "type: ignore", "type: ignore[misc, arg-type]"])
def test_suppression_without_a_reason_is_found(suppression: str) -> None:
    assert find_missing_reasons(f"x = 1  # {suppression}")
    assert find_missing_reasons(f"x = 1  # {suppression}  # ")
    assert find_missing_reasons(f"x = 1  # {suppression}  # the stubs say otherwise") == []
    assert find_missing_reasons(f"x = 1  # {suppression}  # noqa: S105")
    assert find_missing_reasons(f"x = 1  # {suppression}  # noqa: S105  # the stubs say otherwise") == []


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
def test_machine_details_are_found(text: str) -> None:
    assert find_machine_details(text)


@pytest.mark.parametrize(
    "text", ["https://example.com/home/x", f"GET /v1{'/'}work/x", f"${{HOME}}{'/'}work/x", "a-home/b", "/workspace/x"]
)
def test_similar_text_is_no_machine_detail(text: str) -> None:
    assert find_machine_details(text) == []
