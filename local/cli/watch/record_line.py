"""Lines of `pagebus watch`, one per record. They contain no text and no object key, because these may be private."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from local.cli.shell.events import decode_answer, extract_function_name, shorten_type, summarize_answer
from local.cli.shell.screen import shorten_to_line
from local.cli.watch.topic_record import TopicRecord

_MAX_WORD_CHARACTERS = 60
_SHORT_ID = 8
_TOPIC_PREFIX = "pagebus."
#: The data fields that a line shows, by short event type.
_SHOWN_FIELDS = {
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

#: A function that formats a field of the event data. Its arguments are the value of the field, and all fields.
_FormatField = Callable[[Any, Mapping[str, Any]], str]


def render_record(record: TopicRecord, *, with_topic: bool) -> Text:
    """Return the line of a record: time, event type, document id and the important data fields.

    If `with_topic` is True, the topic is after the time.
    """
    event_type = shorten_to_line(shorten_type(record.type), _MAX_WORD_CHARACTERS) if record.type else "raw record"
    topic = shorten_to_line(record.topic.removeprefix(_TOPIC_PREFIX), _MAX_WORD_CHARACTERS)
    parts = [
        (f"{record.time.astimezone():%H:%M:%S.%f}"[:-3], "dim"),
        *([(f"{topic:<16}", "")] if with_topic else []),
        (f"{event_type:<19}", _STYLES.get(event_type.rpartition(".")[2], "")),
        (f"{record.find_document_id()[:_SHORT_ID]:<{_SHORT_ID}}", ""),
        ("  ".join(_list_details(record)), ""),
    ]
    line = Text("  ").join(Text(*part) for part in parts)
    line.rstrip()
    return line


def _list_details(record: TopicRecord) -> list[str]:
    """Return the data fields to show. For an unknown event, return the size of its data.

    For a dead letter, the last items describe the refusal.
    """
    data, names = record.parse_data(), _SHOWN_FIELDS.get(shorten_type(record.type))
    if data and names is not None:
        details = [text for name in names if (text := _format_field(name, data))]
    else:
        details = [f"{len(record.data):,} bytes"]
    return [*details, *_describe_refusal(record)]


def _describe_refusal(record: TopicRecord) -> list[str]:
    """Return the function that refused a dead letter, the HTTP status and the reason.

    The list is empty if the record is not a dead letter.
    """
    if "knativeerrordest" not in record.attributes:
        return []
    function = shorten_to_line(extract_function_name(record.attributes["knativeerrordest"]), _MAX_WORD_CHARACTERS)
    code = shorten_to_line(record.attributes.get("knativeerrorcode", "no answer"), _MAX_WORD_CHARACTERS)
    reason = summarize_answer(decode_answer(record.attributes.get("knativeerrordata", "")), record.type)
    return [f"refused by {function}", code, reason]


def _format_field(name: str, data: Mapping[str, Any]) -> str:
    """Return a field as text, or an empty string if it is missing or malformed. Any client can write to a topic."""
    try:
        return shorten_to_line(_FORMATS.get(name, _format_text)(data[name], data), _MAX_WORD_CHARACTERS)
    except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError):
        return ""


def _format_text(value: Any, _: Mapping[str, Any]) -> str:
    return value if isinstance(value, str) else ""


def _format_page(page: Any, data: Mapping[str, Any]) -> str:
    return f"page {int(page)}/{int(data['pages'])}"


def _format_page_count(page_count: Any, _: Mapping[str, Any]) -> str:
    return f"{int(page_count)} page{'' if page_count == 1 else 's'}"


def _format_failed_pages(failed_pages: Any, _: Mapping[str, Any]) -> str:
    return f"{len(failed_pages)} failed" if failed_pages else ""


def _format_seconds(seconds: float) -> str:
    """Return the time of all engines. Return an empty string if it is 0, because no engine reads a text layer."""
    return f"{seconds:.2f} s" if seconds else ""


def _format_names(values: Any, _: Mapping[str, Any]) -> str:
    return ", ".join(value["format"] if isinstance(value, dict) else value for value in values or ())


_FORMATS: dict[str, _FormatField] = {
    "page": _format_page,
    "pages": _format_page_count,
    "failed_pages": _format_failed_pages,
    "languages": lambda languages, _: "+".join(languages),
    "outputs": _format_names,
    "confidence": lambda confidence, _: f"{confidence:.0%}",
    "seconds": lambda seconds, _: _format_seconds(seconds["reading"] + sum(seconds.get("others", {}).values())),
    "engine_seconds": lambda seconds, _: _format_seconds(seconds),
    "attempt": lambda attempt, _: f"attempt {int(attempt)}" if attempt > 1 else "",
    "first_page": lambda page, _: f"from page {int(page)}" if page > 1 else "",
    "bulk": lambda bulk, _: "bulk" if bulk is True else "",
    "best_effort": lambda best_effort, _: "best effort" if best_effort is True else "",
}
