"""The report of an evaluation: one HTML file without scripts and external resources. Texts of documents are escaped."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from local.evaluation.differences import ChangeKind, compare_texts
from local.evaluation.runs import EvaluationRun
from local.evaluation.scores import FileScore, Passage
from local.evaluation.style import STYLE
from local.evaluation.tables import LEGEND, Row, build_class_rows, build_engine_rows, build_file_rows, build_run_rows

# With more images, the file would be too large for a browser.
_MAX_IMAGES, _MAX_IMAGES_PER_FILE = 200, 5
_CHANGE_LABELS = {
    ChangeKind.LOST: "not read",
    ChangeKind.ADDED: "read, not in the truth",
    ChangeKind.GONE: "read elsewhere",
    ChangeKind.MOVED: "belongs elsewhere",
}
_TAGS = {
    ChangeKind.LOST: "del",
    ChangeKind.ADDED: "ins",
    ChangeKind.GONE: 'del class="elsewhere"',
    ChangeKind.MOVED: 'ins class="elsewhere"',
}
#: A function that returns the first pages of a file as JPEGs in Base64. Its arguments are the score of the file, and
#: the maximum number of pages.
LoadThumbnails = Callable[[FileScore, int], Sequence[str]]


def render_report(
    title: str, runs: Sequence[EvaluationRun], oracle: EvaluationRun | None, load_thumbnails: LoadThumbnails
) -> Iterator[str]:
    """Yield the report in parts, so that the images of only one document at a time are in memory.

    The report has the totals of all runs, and the texts of the first run. `oracle` is a run for the
    totals only: it consists of the best result of each file. None leaves it out.
    """
    first_run = runs[0]
    worst_first = sorted(first_run.scores, key=lambda score: (-score.cer, score.reading.file))
    yield _render_head(title)
    yield "<h2>Overall</h2>"
    yield from _render_table(build_run_rows([*runs, *([oracle] if oracle else [])]))
    yield f"<p>{escape(LEGEND)}</p>"
    yield f"<h2>By engine ({escape(first_run.name)})</h2>"
    yield from _render_table(build_engine_rows(first_run))
    yield f"<h2>Character errors ({escape(first_run.name)})</h2>"
    yield from _render_table(build_class_rows(first_run))
    yield "<h2>Files, highest error rate first</h2>"
    yield from _render_table(build_file_rows(worst_first, runs), link="file-{}")
    images_left = _MAX_IMAGES
    for number, score in enumerate(worst_first, 1):
        images = load_thumbnails(score, min(images_left, _MAX_IMAGES_PER_FILE)) if images_left else []
        images_left -= len(images)
        yield from _render_file(number, score, images)
    yield "</main></body></html>\n"


def _render_head(title: str) -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    legend = ", ".join(f"{_render_change(kind, meaning)}" for kind, meaning in _CHANGE_LABELS.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"<p>CER and WER count at most 1 a page. Marks in the texts: {legend}.</p>"
    )


def _render_table(rows: Iterable[Row], link: str | None = None) -> Iterator[str]:
    """Yield an HTML table. The first row is the header.

    If `link` is a pattern such as `file-{}`, the first cell of row 1 links to the anchor `file-1`, and so on.
    """
    yield "<table>"
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        cells = [escape("" if cell is None else str(cell)) for cell in row]
        if number and link:
            cells[0] = f'<a href="#{link.format(number)}">{cells[0]}</a>'
        yield "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
    yield "</table>\n"


def _render_file(number: int, score: FileScore, images: Sequence[str]) -> Iterator[str]:
    reading = score.reading
    yield f'<section id="file-{number}"><h2>{escape(reading.file)}</h2>'
    yield f"<p>{escape(_summarize_score(score))}</p>"
    yield from (f"<p>{escape(line)}</p>" for line in _describe_pages(score))
    yield '<div class="beside"><div>'
    yield from (f'<img alt="Page {page} of the document" src="data:image/jpeg;base64,{image}">'
                for page, image in enumerate(images, 1))  # fmt: skip
    yield "" if images else "<p>The pages cannot be rendered.</p>"
    yield "</div><div>"
    for passage in score.passages:
        yield from _render_passage(passage)
    yield "</div></div></section>\n"


def _summarize_score(score: FileScore) -> str:
    classes = ", ".join(f"{count} {kind.label}" for kind, count in score.classes.most_common())
    details = ": ".join(filter(None, (score.reading.reason, score.reading.message)))
    reason = f" ({details})" if details else ""
    state = "" if score.reading.is_completed else f"{score.reading.state}{reason}, so its text counts as empty. "
    return f"{state}CER {score.cer:.3f}, WER {score.wer:.3f}, word recall {score.recall:.3f}. " + (
        f"Character errors: {classes}." if classes else "No errors."
    )


def _describe_pages(score: FileScore) -> Iterator[str]:
    for page in score.reading.pages:
        confidence = "" if page.confidence is None else f", confidence {page.confidence:.0%}"
        duration = "" if page.reading is None else f", {page.reading:.2f} s"
        why = f": {page.why}" if page.why else ""
        yield f"Page {page.page} {page.state} by {page.engine or 'no engine'}{confidence}{duration}{why}"


def _render_passage(passage: Passage) -> Iterator[str]:
    if passage.page is not None:
        yield f"<h3>Page {passage.page}: CER {passage.metrics.cer:.3f}</h3>"
    yield "<pre>"
    for change in compare_texts(passage.truth, passage.read_text):
        yield _render_change(change.kind, change.text)
    yield "</pre>"


def _render_change(kind: ChangeKind, text: str) -> str:
    if kind is ChangeKind.SAME:
        return escape(text)
    tag = _TAGS[kind]
    return f"<{tag}>{escape(text)}</{tag.split()[0]}>"
