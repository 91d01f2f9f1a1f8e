"""Figures in rows for people: on a terminal and in a report, the first row being the heading."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from local.evaluation.runs import Run
from local.evaluation.scores import Score
from local.evaluation.totals import by_engine

Row = tuple[object, ...]

#: What the headings do not say by themselves.
LEGEND = (
    "escalated: pages that more than the first engine of their route was asked for. seconds: spent in engines, in all "
    "that read a page, whether their readings were taken or not; one that was there already counts as it did then."
)


def by_runs(runs: Sequence[Run]) -> Iterator[Row]:
    """Every way in which the folder was read."""
    yield (
        "run",
        "files",
        "pages",
        "CER",
        "median",
        "WER",
        "recall",
        "umlauts",
        "lost",
        "invented",
        "escalated",
        "seconds",
    )
    for run in runs:
        over = run.totals
        rates = (_rate(over.cer), _rate(over.median_cer), _rate(over.wer), _rate(over.recall))
        umlauts = (over.umlauts, over.umlauts_lost, over.umlauts_invented)
        yield run.name, over.files, over.pages, *rates, *umlauts, over.escalated, _seconds(over.seconds)


def by_engines(run: Run) -> Iterator[Row]:
    """What each engine was taken for."""
    yield "engine", "passages", "CER", "median", "umlauts", "lost", "invented"
    for share in by_engine(run.scores):
        umlauts = (share.umlauts, share.umlauts_lost, share.umlauts_invented)
        yield share.engine, share.passages, _rate(share.cer), _rate(share.median_cer), *umlauts


def by_classes(run: Run) -> Iterator[Row]:
    """What kind of mistakes there are, the most frequent first."""
    over = run.totals
    yield "class", "characters", "share"
    for kind, count in sorted(over.classes.items(), key=lambda item: -item[1]):
        yield kind.name_for_people, count, f"{count / over.edits:.1%}"


def by_files(scores: Sequence[Score], runs: Sequence[Run]) -> Iterator[Row]:
    """The files of the first run in this order, with the error rates of all other runs."""
    others = {run.name: {score.read.file: score for score in run.scores} for run in runs[1:]}
    yield "file", "CER", *(f"CER({name})" for name in others), "WER", "recall", "lost", "invented", "seconds", "engines"
    for score in scores:
        name = score.read.file
        besides = [_rate(among[name].cer) for among in others.values()]
        rates = (_rate(score.cer), *besides, _rate(score.wer), _rate(score.recall))
        umlauts = (score.total("umlauts_lost"), score.total("umlauts_invented"))
        engines = " ".join(score.engines) if score.read.completed else score.read.state
        yield name, *rates, *umlauts, _seconds(score.seconds), engines


def by_reasons(runs: Sequence[Run]) -> Iterator[str]:
    """Why files have no text, each reason once, with the files that it is of."""
    files: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for read in (score.read for run in runs for score in run.scores):
        if not read.completed:
            files[": ".join(filter(None, (read.state, read.reason, read.message)))][read.file] = None
    for why, (first, *more) in files.items():
        yield f"{first}{f' and {len(more)} more' if more else ''} {why}"


def _rate(rate: float) -> str:
    return f"{rate:.3f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}"
