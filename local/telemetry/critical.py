"""What a document waited for: the chain of causes behind its end, and how long each link held it up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.span import Span

_NANO = 1_000_000_000
_ROOT = "document"
_ENDED = "pagebus.document.state"


@dataclass(frozen=True)
class Stretch:
    """The time, in nanoseconds since 1970, for which `span` alone held the document up."""

    span: Span
    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / _NANO

    @property
    def pause(self) -> bool:
        """Whether the span itself was over, and another attempt had not begun."""
        return self.start >= self.span.end


def root(spans: Iterable[Span]) -> Span | None:
    """The document itself; there is none while it is open."""
    return next((span for span in spans if span.name == _ROOT), None)


def children(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """By their parent's id, in the order in which they began."""
    found: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        found[span.parent].append(span)
    return found


def critical_path(spans: Sequence[Span]) -> list[tuple[Span, float]]:
    """Every span on it with the seconds that it contributed, in the order in which they began to."""
    seconds: dict[str, float] = {}
    path = stretches(spans)
    for stretch in path:
        seconds[stretch.span.span_id] = seconds.get(stretch.span.span_id, 0.0) + stretch.seconds
    by_id = {stretch.span.span_id: stretch.span for stretch in path}
    return [(by_id[span_id], contributed) for span_id, contributed in seconds.items()]


def coverage(spans: Sequence[Span]) -> float:
    """The share of the document's duration that the critical path explains; 0 for a document that has not ended."""
    document = root(spans)
    if document is None or not document.seconds:
        return 0.0
    return sum(stretch.seconds for stretch in stretches(spans)) / document.seconds


def stretches(spans: Sequence[Span]) -> list[Stretch]:
    """The critical path, earliest first: none overlaps another, and none lies outside the document."""
    span, document = _last(spans), root(spans)
    if span is None:
        return []
    by_id, families = {one.span_id: one for one in spans}, children(spans)
    first, until = (document.start, min(span.end, document.end)) if document else (0, span.end)
    found, seen = [Stretch(span, span.start, until)], {span.span_id}
    while (parent := by_id.get(span.parent)) and parent.span_id not in seen:
        until = min(until, span.start)
        found += _attempts_before(span, parent, families[parent.span_id], until)
        found.append(Stretch(parent, parent.start, min(parent.end, until)))
        seen.add(parent.span_id)
        span = parent
    clipped = (Stretch(one.span, max(one.start, first), one.end) for one in reversed(found))
    return [stretch for stretch in clipped if stretch.start < stretch.end]


def _attempts_before(span: Span, parent: Span, siblings: Iterable[Span], until: int) -> Iterator[Stretch]:
    """Where a parent was over before its child began, what was tried before the child, and the pauses between."""
    for earlier in sorted(siblings, key=lambda one: one.start, reverse=True):
        if earlier.name == span.name and parent.end <= earlier.start < until:
            if earlier.end < until:
                yield Stretch(parent, earlier.end, until)
            yield Stretch(earlier, earlier.start, min(earlier.end, until))
            until = earlier.start


def _last(spans: Sequence[Span]) -> Span | None:
    """What ended the document, else what ended last."""
    processing = [span for span in spans if span.name.startswith("process ")]
    ended = [span for span in processing if _ENDED in span.attributes]
    if ended:
        return min(ended, key=lambda span: span.end)
    return max(processing, key=lambda span: span.end, default=None)
