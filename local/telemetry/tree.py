"""A trace as lines to be read: children below their parents, and what is too much for a screen told together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.critical import children
from local.telemetry.span import Span


@dataclass(frozen=True)
class Line:
    """One span, or all others of the same name and service."""

    spans: tuple[Span, ...]
    depth: int = 0

    @property
    def start(self) -> int:
        return min(span.start for span in self.spans)

    @property
    def end(self) -> int:
        return max(span.end for span in self.spans)

    @property
    def seconds(self) -> float:
        """The sum, whatever went on at the same time."""
        return sum(span.seconds for span in self.spans)


def orphans(spans: Sequence[Span]) -> list[Span]:
    """Those whose parent is not there, or that have none, in the order in which they began."""
    there = {span.span_id for span in spans}
    return sorted((span for span in spans if span.parent not in there), key=lambda span: span.start)


def lost(spans: Sequence[Span], origin: str) -> list[Span]:
    """Those whose parent should be there and is not; `origin` is the span that the trace began with."""
    return [span for span in orphans(spans) if span.parent not in ("", origin)]


def lines(spans: Sequence[Span], limit: int | None = None, first: Collection[str] = ()) -> list[Line]:
    """A line for each span, or for `limit` of them, those whose ids are `first` before others; the rest by name."""
    walked = list(walk(spans))
    by_rank = sorted(walked, key=lambda line: line.spans[0].span_id not in first)
    shown = {line.spans[0].span_id for line in by_rank[:limit]}
    told = [line for line in walked if line.spans[0].span_id in shown]
    told += _together(line.spans[0] for line in walked if line.spans[0].span_id not in shown)
    return told if len(told) < len(walked) else walked


def walk(spans: Sequence[Span]) -> Iterator[Line]:
    """A line for each span, after that of its parent."""
    families = children(spans)
    ahead = [Line((span,)) for span in reversed(orphans(spans))]
    while ahead:
        yield (line := ahead.pop())
        ahead += [Line((child,), line.depth + 1) for child in reversed(families.get(line.spans[0].span_id, ()))]


def _together(spans: Iterable[Span]) -> list[Line]:
    alike: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        alike[span.name, span.service].append(span)
    return [Line(tuple(same)) for same in alike.values()]
