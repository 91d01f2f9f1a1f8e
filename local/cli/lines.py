"""What passed, in a line each: who and what and how sure, and neither text nor key of anybody's document."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from local.cli import letters
from local.cli.names import function_of, short
from local.cli.passed import Passed
from local.cli.screen import one_line

_LONGEST_WORD = 60
_SHORT_ID = 8
_OURS = "pagebus."
#: Which of its members a line shows, by the short type.
_SHOWN = {
    "document.uploaded": ("first_page",),
    "document.accepted": ("pages", "media_type", "languages", "outputs", "bulk"),
    "document.rejected": ("reason",),
    "document.recognized": ("pages",),
    "document.assembled": ("outputs",),
    "document.completed": ("pages", "failed_pages", "confidence", "engine_seconds", "outputs"),
    "document.failed": ("reason",),
    "page.requested": ("page", "engine", "attempt", "bulk", "why"),
    "page.recognized": ("page", "engine", "confidence", "seconds", "best_effort", "why"),
    "page.failed": ("page", "engine", "reason", "attempt"),
}
_STYLES = {"completed": "green", "recognized": "green", "failed": "red", "rejected": "red"}


def line(passed: Passed, *, with_topic: bool) -> Text:
    """One line; `with_topic` where several topics carry the same events."""
    kind = one_line(short(passed.type), _LONGEST_WORD) if passed.type else "raw record"
    style = _STYLES.get(kind.rpartition(".")[2], "")
    parts = [
        (f"{passed.time.astimezone():%H:%M:%S.%f}"[:-3], "dim"),
        *([(f"{one_line(passed.topic.removeprefix(_OURS), _LONGEST_WORD):<16}", "")] if with_topic else []),
        (f"{kind:<19}", style),
        (f"{passed.document()[:_SHORT_ID]:<{_SHORT_ID}}", ""),
        ("  ".join(_details(passed)), ""),
    ]
    made = Text("  ").join(Text(*part) for part in parts)
    made.rstrip()
    return made


def _details(passed: Passed) -> list[str]:
    said = passed.said()
    words = [_word(_AS.get(name, _plain), name, said) for name in _SHOWN.get(short(passed.type), ())]
    shown = [word for word in words if word]
    return [*(shown if said and short(passed.type) in _SHOWN else [f"{len(passed.data):,} bytes"]), *_refusal(passed)]


def _refusal(passed: Passed) -> list[str]:
    """Of a dead letter, who did not take it and why."""
    if "knativeerrordest" not in passed.attributes:
        return []
    who = one_line(function_of(passed.attributes["knativeerrordest"]), _LONGEST_WORD)
    code = one_line(passed.attributes.get("knativeerrorcode", "no answer"), _LONGEST_WORD)
    why = letters.sentence(letters.decoded(passed.attributes.get("knativeerrordata", "")), passed.type)
    return [f"refused by {who}", code, why]


def _word(write: Callable[[Any, Mapping[str, Any]], str], name: str, said: Mapping[str, Any]) -> str:
    """Empty where the member is missing, or not what it should be: anybody may write to a topic."""
    try:
        return one_line(write(said[name], said), _LONGEST_WORD)
    except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError):
        return ""


def _plain(value: Any, _: Mapping[str, Any]) -> str:
    return value if isinstance(value, str) else ""


def _page(page: Any, said: Mapping[str, Any]) -> str:
    return f"page {int(page)}/{int(said['pages'])}"


def _pages(pages: Any, _: Mapping[str, Any]) -> str:
    return f"{int(pages)} page{'' if pages == 1 else 's'}"


def _failed_pages(failed: Any, _: Mapping[str, Any]) -> str:
    return f"{len(failed)} failed" if failed else ""


def _spent(seconds: float) -> str:
    """In all engines. Nothing for a text layer, which no engine reads."""
    return f"{seconds:.2f} s" if seconds else ""


def _names(values: Any, _: Mapping[str, Any]) -> str:
    return ", ".join(value["format"] if isinstance(value, dict) else value for value in values or ())


_AS: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "page": _page,
    "pages": _pages,
    "failed_pages": _failed_pages,
    "languages": lambda languages, _: "+".join(languages),
    "outputs": _names,
    "confidence": lambda confidence, _: f"{confidence:.0%}",
    "seconds": lambda seconds, _: _spent(seconds["reading"] + sum(seconds.get("others", {}).values())),
    "engine_seconds": lambda seconds, _: _spent(seconds),
    "attempt": lambda attempt, _: f"attempt {int(attempt)}" if attempt > 1 else "",
    "first_page": lambda page, _: f"from page {int(page)}" if page > 1 else "",
    "bulk": lambda bulk, _: "bulk" if bulk is True else "",
    "best_effort": lambda best_effort, _: "best effort" if best_effort is True else "",
}
