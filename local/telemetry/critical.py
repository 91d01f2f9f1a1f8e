"""What a document waited for: the chain of causes behind its end, and how long each link held it up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.span import Span

_NANO = 1_000_000_000
_ROOT, _PROCESS = "document", "process "
_STATE = "pagebus.document.state"


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


def stretches(spans: Sequence[Span]) -> list[Stretch]:
    """The critical path, earliest first: none overlaps another, and none lies outside the document."""
    found: list[Stretch] = []
    families, document = children(spans), root(spans)
    first, until = (document.start, document.end) if document else (0, max((one.end for one in spans), default=0))
    before: Span | None = None
    for span in causes(spans):
        if before is not None:
            until = min(until, before.start)
            found += _attempts_before(before, span, families[span.span_id], until)
        found.append(Stretch(span, max(span.start, first), min(span.end, until)))
        before = span
    return [stretch for stretch in reversed(found) if stretch.start < stretch.end]


def causes(spans: Sequence[Span]) -> list[Span]:
    """What ended the document, else what ended last, with its parent, and so on as far as they are known."""
    by_id = {span.span_id: span for span in spans}
    found: dict[str, Span] = {}
    span = ended_by(spans) or _last(spans)
    while span is not None and span.span_id not in found:
        found[span.span_id] = span
        span = by_id.get(span.parent)
    return list(found.values())


def _attempts_before(span: Span, parent: Span, siblings: Iterable[Span], until: int) -> Iterator[Stretch]:
    """Where a parent was over before its child began, what was tried before the child, and the pauses between."""
    for earlier in sorted(siblings, key=lambda one: one.start, reverse=True):
        if earlier.name == span.name and parent.end <= earlier.start < until:
            if earlier.end < until:
                yield Stretch(parent, earlier.end, until)
            yield Stretch(earlier, earlier.start, min(earlier.end, until))
            until = earlier.start


def ended_by(spans: Iterable[Span]) -> Span | None:
    """What ended the document: it may have been told again, which ended nothing."""
    telling = (span for span in spans if span.name.startswith(_PROCESS) and _STATE in span.attributes)
    return min(telling, key=lambda span: span.end, default=None)


def _last(spans: Iterable[Span]) -> Span | None:
    return max((span for span in spans if span.name.startswith(_PROCESS)), key=lambda span: span.end, default=None)
