"""A report as one HTML file: it needs no script and no other host, and runs nothing that a document says."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from local.evaluation.differences import Mark, differences
from local.evaluation.runs import Run
from local.evaluation.scores import Passage, Score
from local.evaluation.style import STYLE
from local.evaluation.tables import LEGEND, Row, by_classes, by_engines, by_files, by_runs

# More would make a file that no browser opens gladly.
_PICTURES, _PER_FILE = 200, 5
_LEGEND = {
    Mark.LOST: "not read",
    Mark.ADDED: "read, not in the truth",
    Mark.GONE: "read elsewhere",
    Mark.MOVED: "belongs elsewhere",
}
_TAGS = {Mark.LOST: "del", Mark.ADDED: "ins", Mark.GONE: 'del class="elsewhere"', Mark.MOVED: 'ins class="elsewhere"'}
#: The first pages of a score's document as JPEGs in base64, so many at most.
Pictures = Callable[[Score, int], Sequence[str]]


def report(title: str, runs: Sequence[Run], oracle: Run | None, pictures: Pictures) -> Iterator[str]:
    """The file, piece by piece, so that no two documents' pictures are held at once; the first run's files in full."""
    main = runs[0]
    worst_first = sorted(main.scores, key=lambda score: (-score.cer, score.read.file))
    yield _head(title)
    yield "<h2>Over all</h2>"
    yield from _table(by_runs([*runs, *([oracle] if oracle else [])]))
    yield f"<p>{escape(LEGEND)}</p>"
    yield f"<h2>By the engines that were taken ({escape(main.name)})</h2>"
    yield from _table(by_engines(main))
    yield f"<h2>Wrong characters ({escape(main.name)})</h2>"
    yield from _table(by_classes(main))
    yield "<h2>Files, the worst first</h2>"
    yield from _table(by_files(worst_first, runs), link="file-{}")
    left = _PICTURES
    for number, score in enumerate(worst_first, 1):
        shown = pictures(score, min(left, _PER_FILE)) if left else []
        left -= len(shown)
        yield from _file(number, score, shown)
    yield "</main></body></html>\n"


def _head(title: str) -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    legend = ", ".join(f"{_marked(mark, meaning)}" for mark, meaning in _LEGEND.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"<p>CER and WER count at most 1 a page. Marks in the texts: {legend}.</p>"
    )


def _table(rows: Iterable[Row], link: str | None = None) -> Iterator[str]:
    """The first row is the heading; with a `link`, the first cell of each other row leads to that place."""
    yield "<table>"
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        cells = [escape("" if cell is None else str(cell)) for cell in row]
        if number and link:
            cells[0] = f'<a href="#{link.format(number)}">{cells[0]}</a>'
        yield "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
    yield "</table>\n"


def _file(number: int, score: Score, shown: Sequence[str]) -> Iterator[str]:
    read = score.read
    yield f'<section id="file-{number}"><h2>{escape(read.file)}</h2>'
    yield f"<p>{escape(_summary(score))}</p>"
    yield from (f"<p>{escape(told)}</p>" for told in _pages(score))
    yield '<div class="beside"><div>'
    yield from (f'<img alt="Page {page} of the document" src="data:image/jpeg;base64,{picture}">'
                for page, picture in enumerate(shown, 1))  # fmt: skip
    yield "" if shown else "<p>No picture of it can be shown here.</p>"
    yield "</div><div>"
    for passage in score.passages:
        yield from _passage(passage)
    yield "</div></div></section>\n"


def _summary(score: Score) -> str:
    classes = ", ".join(f"{count} {kind.name_for_people}" for kind, count in score.classes.most_common())
    told = ": ".join(filter(None, (score.read.reason, score.read.message)))
    reason = f" ({told})" if told else ""
    state = "" if score.read.completed else f"{score.read.state}{reason}, so counted as read empty. "
    return f"{state}CER {score.cer:.3f}, WER {score.wer:.3f}, word recall {score.recall:.3f}. " + (
        f"Wrong characters: {classes}." if classes else "Nothing is wrong."
    )


def _pages(score: Score) -> Iterator[str]:
    for page in score.read.pages:
        sure = "" if page.confidence is None else f", sure of {page.confidence:.0%}"
        took = "" if page.reading is None else f", {page.reading:.2f} s"
        why = f": {page.why}" if page.why else ""
        yield f"Page {page.page} {page.state} by {page.engine or 'no engine'}{sure}{took}{why}"


def _passage(passage: Passage) -> Iterator[str]:
    if passage.page is not None:
        yield f"<h3>Page {passage.page}: CER {passage.measures.cer:.3f}</h3>"
    yield "<pre>"
    for piece in differences(passage.truth, passage.read):
        yield _marked(piece.mark, piece.text)
    yield "</pre>"


def _marked(mark: Mark, text: str) -> str:
    if mark is Mark.SAME:
        return escape(text)
    tag = _TAGS[mark]
    return f"<{tag}>{escape(text)}</{tag.split()[0]}>"
