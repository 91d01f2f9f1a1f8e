"""The time of a document by activity. Each part of the document's critical path belongs to exactly one activity."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from local.telemetry.critical_path import PathSegment, find_critical_path, find_document_span, group_by_parent
from local.telemetry.span import Span, SpanKind

_NS_PER_SECOND = 1_000_000_000


class Activity(StrEnum):
    """The kinds of work and waiting, in the order in which a document needs them."""

    UPLOADING = "uploading"
    NOTIFYING = "notifying of the upload"
    WAITING_IN_KAFKA = "waiting in Kafka"
    WAITING_FOR_REPLICA = "waiting for a replica"
    WAITING_FOR_RETRY = "waiting for a retry"
    STARTING = "starting a replica"
    LOADING = "loading a model"
    FETCHING = "fetching the document"
    OPENING = "inspecting, rendering"
    ORIENTING = "detecting the orientation"
    READING = "reading"
    VOTING = "voting"
    CACHING = "looking up, saving readings"
    COMMITTING = "committing"
    ASSEMBLING = "assembling"
    PUBLISHING = "publishing"
    DELIVERING = "delivering"
    HANDLING = "handling"
    UNKNOWN = "in no span"


#: The activity of a span by the first word of its name.
_BY_FIRST_WORD = {
    "PutObject": Activity.UPLOADING,
    "document": Activity.NOTIFYING,
    "notify": Activity.NOTIFYING,
    "receive": Activity.WAITING_IN_KAFKA,
    "wait": Activity.WAITING_FOR_REPLICA,
    "start": Activity.STARTING,
    "load": Activity.LOADING,
    "fetch": Activity.FETCHING,
    "look": Activity.FETCHING,
    "inspect": Activity.OPENING,
    "render": Activity.OPENING,
    "orient": Activity.ORIENTING,
    "read": Activity.READING,
    "vote": Activity.VOTING,
    "find": Activity.CACHING,
    "save": Activity.CACHING,
    "commit": Activity.COMMITTING,
    "assemble": Activity.ASSEMBLING,
    "upload": Activity.ASSEMBLING,
    "send": Activity.PUBLISHING,
    "POST": Activity.DELIVERING,
}
# The name of a sandbox span is the name of a Python function, so an underscore can follow the first word.
_FIRST_WORD = re.compile(r"[^\W_]*")


def classify_span(span: Span) -> Activity:
    """Return the activity of a span. It applies to the time of the span in which no child span is active."""
    first_word = _FIRST_WORD.match(span.name)
    return _BY_FIRST_WORD.get(first_word[0] if first_word else "", Activity.HANDLING)


def sum_seconds_by_activity(spans: Sequence[Span]) -> dict[Activity, float]:
    """Return the seconds between the upload and the end of the document, by activity.

    Time without any span belongs to Activity.UNKNOWN.
    """
    nanoseconds: defaultdict[Activity, int] = defaultdict(int)
    children = group_by_parent(spans)
    path = [*_find_upload_segments(spans), *find_critical_path(spans)]
    for segment in path:
        for span, duration in _split_segment(segment, _find_descendants(segment.span, children)):
            nanoseconds[_classify_part(segment, span)] += duration
    if gap := _compute_duration(path, find_document_span(spans)) - sum(nanoseconds.values()):
        nanoseconds[Activity.UNKNOWN] = gap
    return {activity: nanoseconds[activity] / _NS_PER_SECOND for activity in Activity if activity in nanoseconds}


def _classify_part(segment: PathSegment, span: Span) -> Activity:
    """Return the activity of the part of a segment that belongs to `span`."""
    return Activity.WAITING_FOR_RETRY if span is segment.span and segment.is_pause else classify_span(span)


def _find_upload_segments(spans: Sequence[Span]) -> list[PathSegment]:
    """Return the segments before the span of the document starts: the upload, and then the wait for this start.

    The list is empty if the trace has no span of the upload or of the document.
    """
    document = find_document_span(spans)
    upload = next((span for span in spans if classify_span(span) is Activity.UPLOADING), None)
    if document is None or upload is None or upload.start >= document.start:
        return []
    upload_end = min(upload.end, document.start)
    return [PathSegment(upload, upload.start, upload_end), PathSegment(document, upload_end, document.start)]


def _compute_duration(path: Sequence[PathSegment], document: Span | None) -> int:
    """Return the nanoseconds from the first start to the last end in `path` and `document`."""
    starts, ends = [segment.start for segment in path], [segment.end for segment in path]
    if document:
        starts, ends = [*starts, document.start], [*ends, document.end]
    return max(ends, default=0) - min(starts, default=0)


def _find_descendants(span: Span, children: Mapping[str, Sequence[Span]]) -> list[Span]:
    """Return the descendants of `span`, without the descendants of `send` spans.

    A `send` span publishes an event. Its descendants are the work of the function that consumes the event.
    """
    descendants: dict[str, Span] = {}
    pending = [span]
    while pending:
        current = pending.pop()
        if current.kind != SpanKind.PRODUCER:
            new_children = [child for child in children.get(current.span_id, ()) if child.span_id not in descendants]
            descendants |= {child.span_id: child for child in new_children}
            pending += new_children
    return list(descendants.values())


def _split_segment(segment: PathSegment, descendants: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Split a segment into parts. Yield for each part its span and its duration in nanoseconds.

    The span of a part is the active descendant that started last, or the segment's own span if none is active.
    """
    overlapping_spans = sorted(
        (span for span in descendants if span.start < segment.end and span.end > segment.start), key=_get_start
    )
    boundaries = {max(span.start, segment.start) for span in overlapping_spans} | {
        min(span.end, segment.end) for span in overlapping_spans
    }
    active: list[tuple[int, int, Span]] = []
    started_count = 0
    for start, end in pairwise(sorted(boundaries | {segment.start, segment.end})):
        while started_count < len(overlapping_spans) and overlapping_spans[started_count].start <= start:
            heapq.heappush(
                active, (-overlapping_spans[started_count].start, -started_count, overlapping_spans[started_count])
            )
            started_count += 1
        while active and active[0][2].end <= start:
            heapq.heappop(active)
        yield (active[0][2] if active else segment.span), end - start


def _get_start(span: Span) -> int:
    return span.start
