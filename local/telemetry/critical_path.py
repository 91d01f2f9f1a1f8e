"""The critical path of a document: the chain of spans that led to its end, and how long each delayed it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.span import Span

_NANO = 1_000_000_000
_DOCUMENT, _PROCESS = "document", "process "
_STATE = "pagebus.document.state"


@dataclass(frozen=True)
class PathSegment:
    """A period in which the document waited for `span`. `start` and `end` are nanoseconds since 1970."""

    span: Span
    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / _NANO

    @property
    def is_pause(self) -> bool:
        """True if `span` had already ended and its next attempt had not started yet."""
        return self.start >= self.span.end


def find_document_span(spans: Iterable[Span]) -> Span | None:
    """Return the span of the whole document, or None while the document is still in progress."""
    return next((span for span in spans if span.name == _DOCUMENT), None)


def group_by_parent(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Return the child spans of each parent by the parent's id, ordered by start time."""
    children: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        children[span.parent_id].append(span)
    return children


def find_critical_path(spans: Sequence[Span]) -> list[PathSegment]:
    """Return the segments of the critical path, earliest first.

    Segments do not overlap, and all of them lie within the span of the document.
    """
    segments: list[PathSegment] = []
    children, document = group_by_parent(spans), find_document_span(spans)
    path_start, until = (document.start, document.end) if document else (0, max((s.end for s in spans), default=0))
    following: Span | None = None
    for span in find_causal_chain(spans):
        if following is not None:
            until = min(until, following.start)
            segments += _find_earlier_attempts(following, span, children[span.span_id], until)
        segments.append(PathSegment(span, max(span.start, path_start), min(span.end, until)))
        following = span
    return [segment for segment in reversed(segments) if segment.start < segment.end]


def find_causal_chain(spans: Sequence[Span]) -> list[Span]:
    """Return the span that ended the document and all its known ancestors, latest first.

    If no span ended the document, start with the `process` span that ended last.
    """
    by_id = {span.span_id: span for span in spans}
    chain: dict[str, Span] = {}
    span = find_ending_span(spans) or _find_last_process_span(spans)
    while span is not None and span.span_id not in chain:
        chain[span.span_id] = span
        span = by_id.get(span.parent_id)
    return list(chain.values())


def _find_earlier_attempts(span: Span, parent: Span, siblings: Iterable[Span], until: int) -> Iterator[PathSegment]:
    """Yield the attempts before `span` that started after `parent` had ended, and the pauses between them."""
    for earlier in sorted(siblings, key=lambda sibling: sibling.start, reverse=True):
        if earlier.name == span.name and parent.end <= earlier.start < until:
            if earlier.end < until:
                yield PathSegment(parent, earlier.end, until)
            yield PathSegment(earlier, earlier.start, min(earlier.end, until))
            until = earlier.start


def find_ending_span(spans: Iterable[Span]) -> Span | None:
    """Return the first `process` span that has a final document state. Later ones are redeliveries."""
    final = (span for span in spans if span.name.startswith(_PROCESS) and _STATE in span.attributes)
    return min(final, key=lambda span: span.end, default=None)


def _find_last_process_span(spans: Iterable[Span]) -> Span | None:
    return max((span for span in spans if span.name.startswith(_PROCESS)), key=lambda span: span.end, default=None)
