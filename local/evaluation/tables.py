"""Figures as table rows for the terminal and the report. The first row is the header."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from local.evaluation.runs import EvaluationRun
from local.evaluation.scores import FileScore
from local.evaluation.totals import compute_engine_shares

Row = tuple[object, ...]

#: Explains headers that need it.
LEGEND = (
    "escalated: pages that more than one engine received. seconds: time in all engines that read a page, including "
    "readings that were not used. A stored reading counts with its original time."
)


def build_run_rows(runs: Sequence[EvaluationRun]) -> Iterator[Row]:
    """Yield a row per run."""
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
        rates = (
            _format_rate(over.cer),
            _format_rate(over.median_cer),
            _format_rate(over.wer),
            _format_rate(over.recall),
        )
        umlauts = (over.umlauts, over.umlauts_lost, over.umlauts_invented)
        yield run.name, over.files, over.pages, *rates, *umlauts, over.escalated, _format_seconds(over.seconds)


def build_engine_rows(run: EvaluationRun) -> Iterator[Row]:
    """Yield a row per engine with the passages for which it produced the result."""
    yield "engine", "passages", "CER", "median", "umlauts", "lost", "invented"
    for share in compute_engine_shares(run.scores):
        umlauts = (share.umlauts, share.umlauts_lost, share.umlauts_invented)
        yield share.engine, share.passages, _format_rate(share.cer), _format_rate(share.median_cer), *umlauts


def build_class_rows(run: EvaluationRun) -> Iterator[Row]:
    """Yield a row per error class, the most frequent first."""
    over = run.totals
    yield "class", "characters", "share"
    for kind, count in sorted(over.classes.items(), key=lambda item: -item[1]):
        yield kind.label, count, f"{count / over.edits:.1%}"


def build_file_rows(scores: Sequence[FileScore], runs: Sequence[EvaluationRun]) -> Iterator[Row]:
    """Yield a row per file of the first run, in the order of `scores`, with the error rates of all other runs."""
    others = {run.name: {score.reading.file: score for score in run.scores} for run in runs[1:]}
    yield "file", "CER", *(f"CER({name})" for name in others), "WER", "recall", "lost", "invented", "seconds", "engines"
    for score in scores:
        name = score.reading.file
        besides = [_format_rate(among[name].cer) for among in others.values()]
        rates = (_format_rate(score.cer), *besides, _format_rate(score.wer), _format_rate(score.recall))
        umlauts = (score.sum_metric("umlauts_lost"), score.sum_metric("umlauts_invented"))
        engines = " ".join(score.engines) if score.reading.completed else score.reading.state
        yield name, *rates, *umlauts, _format_seconds(score.seconds), engines


def list_reasons(runs: Sequence[EvaluationRun]) -> Iterator[str]:
    """Yield each reason why files have no text, with the first file and the number of others."""
    files: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for read in (score.reading for run in runs for score in run.scores):
        if not read.completed:
            files[": ".join(filter(None, (read.state, read.reason, read.message)))][read.file] = None
    for why, (first, *more) in files.items():
        yield f"{first}{f' and {len(more)} more' if more else ''} {why}"


def _format_rate(rate: float) -> str:
    return f"{rate:.3f}"


def _format_seconds(seconds: float) -> str:
    return f"{seconds:.1f}"
