"""A trace as the lines of a tree: child spans are below their parents. Spans above a limit are grouped by name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from local.telemetry.critical_path import group_by_parent
from local.telemetry.span import Span


@dataclass(frozen=True)
class TraceLine:
    """A line with one span, or with a group of spans of the same name and service. `depth` is 0 for a top span."""

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
        """The sum of the durations of all spans, even if they overlap in time."""
        return sum(span.seconds for span in self.spans)


def find_top_spans(spans: Sequence[Span]) -> list[Span]:
    """Return the spans without a parent among `spans`, in the order of start times."""
    known_ids = {span.span_id for span in spans}
    return sorted((span for span in spans if span.parent_id not in known_ids), key=lambda span: span.start)


def find_orphans(spans: Sequence[Span], origin: str) -> list[Span]:
    """Return the spans whose parent is not among `spans`.

    Leave out the children of the span with the id `origin`. This is the client's span, which is never stored, or the
    document's span, which is not stored before the document ends.
    """
    return [span for span in find_top_spans(spans) if span.parent_id not in ("", origin)]


def build_lines(spans: Sequence[Span], limit: int | None = None, preferred: Collection[str] = ()) -> list[TraceLine]:
    """Return a line for each of at most `limit` spans, then a line for each group of the remaining spans.

    A group has all spans of one name and service. Spans whose ids are in `preferred` are selected before others. Return
    a line for every span if there is no `limit`, or if groups would not make the list shorter.
    """
    all_lines = list(walk_tree(spans))
    by_preference = sorted(all_lines, key=lambda line: line.spans[0].span_id not in preferred)
    selected_ids = {line.spans[0].span_id for line in by_preference[:limit]}
    lines = [line for line in all_lines if line.spans[0].span_id in selected_ids]
    lines += _group_by_name(line.spans[0] for line in all_lines if line.spans[0].span_id not in selected_ids)
    return lines if len(lines) < len(all_lines) else all_lines


def walk_tree(spans: Sequence[Span]) -> Iterator[TraceLine]:
    """Yield a line for each span. A parent comes before its children, and siblings are in the order of start times."""
    children = group_by_parent(spans)
    pending = [TraceLine((span,)) for span in reversed(find_top_spans(spans))]
    while pending:
        yield (line := pending.pop())
        pending += [TraceLine((child,), line.depth + 1) for child in reversed(children.get(line.spans[0].span_id, ()))]


def _group_by_name(spans: Iterable[Span]) -> list[TraceLine]:
    groups: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        groups[span.name, span.service].append(span)
    return [TraceLine(tuple(group)) for group in groups.values()]
