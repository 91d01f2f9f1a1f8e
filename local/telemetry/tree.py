"""A trace as lines of a tree: children below their parents, and spans that do not fit grouped by name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.critical_path import group_by_parent
from local.telemetry.span import Span


@dataclass(frozen=True)
class TraceLine:
    """A line with one span at its depth in the tree, or with a group of spans of the same name and service."""

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
        """The sum of the durations of all spans, also if they overlap in time."""
        return sum(span.seconds for span in self.spans)


def find_top_spans(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that have no parent or whose parent is missing, ordered by start time."""
    known = {span.span_id for span in spans}
    return sorted((span for span in spans if span.parent_id not in known), key=lambda span: span.start)


def find_orphans(spans: Sequence[Span], origin: str) -> list[Span]:
    """Return the spans whose parent is missing.

    The span with the id `origin` may be missing: it is the client's span, or that of a document in progress.
    """
    return [span for span in find_top_spans(spans) if span.parent_id not in ("", origin)]


def build_lines(spans: Sequence[Span], limit: int | None = None, preferred: Collection[str] = ()) -> list[TraceLine]:
    """Return a line per span for at most `limit` spans, and then one line per name and service for the others.

    Spans whose ids are in `preferred` get a line of their own before others.
    """
    every_line = list(walk_tree(spans))
    by_preference = sorted(every_line, key=lambda line: line.spans[0].span_id not in preferred)
    selected = {line.spans[0].span_id for line in by_preference[:limit]}
    lines = [line for line in every_line if line.spans[0].span_id in selected]
    lines += _group_by_name(line.spans[0] for line in every_line if line.spans[0].span_id not in selected)
    return lines if len(lines) < len(every_line) else every_line


def walk_tree(spans: Sequence[Span]) -> Iterator[TraceLine]:
    """Yield a line for each span, each parent before its children."""
    children = group_by_parent(spans)
    pending = [TraceLine((span,)) for span in reversed(find_top_spans(spans))]
    while pending:
        yield (line := pending.pop())
        pending += [TraceLine((s,), line.depth + 1) for s in reversed(children.get(line.spans[0].span_id, ()))]


def _group_by_name(spans: Iterable[Span]) -> list[TraceLine]:
    groups: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        groups[span.name, span.service].append(span)
    return [TraceLine(tuple(group)) for group in groups.values()]
