"""Reading a folder with known texts on the Pagebus that is up, by one route."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace

from psycopg.rows import class_row

from events.document import OutputFormat
from events.metadata import entry, listed
from local.cli import documents, explanations, put_spans, text, upload, uploading, waiting
from local.cli.database import connection
from local.cli.documents import Document
from local.cli.errors import Impossible
from local.cli.screen import notes
from local.cli.stack import Stack
from local.cli.submission import Submission, Wishes, submissions
from local.cli.upload import Upload
from local.evaluation.runs import ROUTED
from local.evaluation.scores import Page, Read
from local.evaluation.truth import MANIFEST, Pair
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY

_PAGES = """
SELECT document::text, page, state, engine, coalesce(why, route_why) AS why, confidence, best_effort,
       coalesce(route, '{}') AS route, seconds_waiting AS waiting, seconds_starting AS starting,
       seconds_reading AS reading, seconds_others AS others
  FROM pages WHERE document = ANY(%s::uuid[]) ORDER BY document, page"""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a folder is to be read: `engines` None leaves it to the router, and `consensus` None to intake."""

    engines: str | None
    languages: str | None
    tenant: str
    again: bool
    timeout: float
    consensus: bool | None = None

    @property
    def name(self) -> str:
        """Becomes a folder of the bucket: what is read another way is another document."""
        route = "-then-".join(listed("engines", self.engines)) if self.engines else ROUTED
        return route if self.consensus is None else f"{route}-{'consensus' if self.consensus else 'no-consensus'}"

    @property
    def outputs(self) -> str:
        """What is judged; of a consensus JSON too, which alone tells what the two did not agree on."""
        return ",".join([OutputFormat.TEXT, OutputFormat.JSON] if self.consensus else [OutputFormat.TEXT])


@dataclass(frozen=True, kw_only=True)
class _Row(Page):
    document: str


def planned(pairs: Sequence[Pair], way: Way) -> list[tuple[Upload, Wishes]]:
    """What there is to upload, each file with its wishes. Raises Impossible before anything is done."""
    uploads = {one.file: one for one in upload.plan([pair.file for pair in pairs], way.tenant).uploads}
    return [_planned(uploads[pair.file], pair, way) for pair in pairs]


def _planned(one: Upload, pair: Pair, way: Way) -> tuple[Upload, Wishes]:
    languages = way.languages or pair.languages
    said = {"engines": way.engines, "outputs": way.outputs, "languages": languages, "consensus": way.consensus}
    try:
        metadata = upload.wishes(said)
    except Impossible as error:
        where = "" if way.languages or not pair.languages else f"{MANIFEST}, {pair.name}: "
        raise Impossible(f"{where}{error}") from error
    # What is read another way, or in other languages, is another document.
    folder = "-".join([way.name, *metadata.get(entry("languages"), "").split("+")]).rstrip("-")
    return replace(one, key=f"in/{way.tenant}/{folder}/{pair.name}"), Wishes(way.tenant, metadata, way.again)


def read(up: Stack, pairs: Sequence[Pair], way: Way, check_up: Callable[[], object]) -> list[Read]:
    """Upload all, wait for them, and tell what was read, in the order of the pairs. Raises Failed."""
    submitted = _submitted(up, planned(pairs, way))
    known = sum(one.known for one in submitted)
    if known:
        notes.print(f"{known} of {len(submitted)} were submitted this way before. --again reads them afresh.")
    endpoints = up.started.endpoints
    ended = waiting.until_ended(endpoints.database, [one.document for one in submitted], way.timeout, check_up)
    return _reads(endpoints, pairs, ended)


def _submitted(up: Stack, uploads: Sequence[tuple[Upload, Wishes]]) -> list[Submission]:
    """In the order of the uploads, of which those with the same wishes go together."""
    together: defaultdict[tuple[tuple[str, str], ...], list[tuple[Upload, Wishes]]] = defaultdict(list)
    for one, wishes in uploads:
        together[tuple(wishes.metadata.items())].append((one, wishes))
    endpoints = up.started.endpoints
    by_key: dict[str, Submission] = {}
    with uploading.counted([one for one, _ in uploads]) as tally:
        for among in together.values():
            _, wishes = among[0]
            with closing(submissions(endpoints, [one for one, _ in among], wishes, tally)) as begun:
                by_key |= {one.document.key: one for one in begun}
    submitted = [by_key[one.key] for one, _ in uploads]
    put_spans.tell(up.twin.urls.get(TELEMETRY), submitted)
    return submitted


def _reads(endpoints: Endpoints, pairs: Sequence[Pair], ended: Sequence[Document]) -> list[Read]:
    pages = _pages(endpoints.database, [one.document for one in ended])
    written = documents.outputs_of(endpoints.database, [one.document for one in ended if one.completed])
    why = explanations.explanations(endpoints.database, ended)
    return [
        Read(
            file=pair.name,
            document=one.document,
            state=one.state,
            completed=one.completed,
            reason=one.reason,
            message=why.get(one.document),
            text=_text(endpoints, written.get(one.document, {})),
            pages=tuple(pages[one.document]),
        )
        for pair, one in zip(pairs, ended, strict=True)
    ]


def _text(endpoints: Endpoints, written: Mapping[str, str]) -> str:
    if OutputFormat.TEXT not in written:
        return ""
    return text.fetch(endpoints, written[OutputFormat.TEXT]).decode()


def _pages(database: str, ids: Sequence[str]) -> defaultdict[str, list[Page]]:
    found: defaultdict[str, list[Page]] = defaultdict(list)
    with connection(database) as connected, connected.cursor(row_factory=class_row(_Row)) as cursor:
        for row in cursor.execute(_PAGES, [list(ids)]):
            told = {**asdict(row), "route": tuple(row.route)}
            found[told.pop("document")].append(Page(**told))
    return found
