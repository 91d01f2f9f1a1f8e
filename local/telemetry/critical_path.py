"""The critical path of a document: the chain of spans that led to its end, and the time that each span took."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.span import Span

_NS_PER_SECOND = 1_000_000_000
_DOCUMENT, _PROCESS = "document", "process "
_STATE = "pagebus.document.state"


@dataclass(frozen=True)
class PathSegment:
    """A period in which the document waited for `span`. `start` and `end` are in nanoseconds since 1970."""

    span: Span
    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / _NS_PER_SECOND

    @property
    def is_pause(self) -> bool:
        """True if the period is a pause between attempts: `span` had already ended."""
        return self.start >= self.span.end


def find_document_span(spans: Iterable[Span]) -> Span | None:
    """Return the span of the whole document, or None if it is not stored. It is written when the document ends."""
    return next((span for span in spans if span.name == _DOCUMENT), None)


def group_by_parent(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Return lists of child spans by the id of their parent. Each list is in the order of start times."""
    children: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        children[span.parent_id].append(span)
    return children


def find_critical_path(spans: Sequence[Span]) -> list[PathSegment]:
    """Return the segments of the critical path in the order of time.

    Segments do not overlap. If the span of the document is stored, all segments are within it.
    """
    segments: list[PathSegment] = []
    children, document = group_by_parent(spans), find_document_span(spans)
    path_start, end = (document.start, document.end) if document else (0, max((span.end for span in spans), default=0))
    later_span: Span | None = None
    for span in find_causal_chain(spans):
        if later_span is not None:
            end = min(end, later_span.start)
            segments += _find_earlier_attempts(later_span, span, children[span.span_id], end)
        segments.append(PathSegment(span, max(span.start, path_start), min(span.end, end)))
        later_span = span
    return [segment for segment in reversed(segments) if segment.start < segment.end]


def find_causal_chain(spans: Sequence[Span]) -> list[Span]:
    """Return the span that ended the document, its parent, the parent of this parent, and so on.

    If no span ended the document, start with the `process` span that ended last.
    """
    by_id = {span.span_id: span for span in spans}
    chain: dict[str, Span] = {}
    span = find_ending_span(spans) or _find_last_process_span(spans)
    while span is not None and span.span_id not in chain:
        chain[span.span_id] = span
        span = by_id.get(span.parent_id)
    return list(chain.values())


def _find_earlier_attempts(span: Span, parent: Span, siblings: Iterable[Span], end: int) -> Iterator[PathSegment]:
    """Yield segments for the attempts before `span`, and for the pause after each attempt. The latest comes first.

    An attempt is one of the `siblings` with the name of `span`. It starts after the end of `parent` and before the time
    `end`. The segment of a pause has the span `parent`.
    """
    for attempt in sorted(siblings, key=lambda sibling: sibling.start, reverse=True):
        if attempt.name == span.name and parent.end <= attempt.start < end:
            if attempt.end < end:
                yield PathSegment(parent, attempt.end, end)
            yield PathSegment(attempt, attempt.start, min(attempt.end, end))
            end = attempt.start


def find_ending_span(spans: Iterable[Span]) -> Span | None:
    """Return the first `process` span with a terminal state of the document, or None if there is none.

    Later spans with a terminal state are redeliveries.
    """
    final_spans = (span for span in spans if span.name.startswith(_PROCESS) and _STATE in span.attributes)
    return min(final_spans, key=lambda span: span.end, default=None)


def _find_last_process_span(spans: Iterable[Span]) -> Span | None:
    return max((span for span in spans if span.name.startswith(_PROCESS)), key=lambda span: span.end, default=None)
