"""Results of an evaluation as rows of tables, for the terminal and the report. The first row is the header."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from local.evaluation.runs import EvaluationRun
from local.evaluation.scores import FileScore
from local.evaluation.totals import compute_engine_shares

Row = tuple[object, ...]

#: An explanation of column names for users.
LEGEND = (
    "escalated: pages that more than one engine received. seconds: time of all engines that read a page, including "
    "results that were not used. A stored reading counts with its original time."
)


def build_run_rows(runs: Sequence[EvaluationRun]) -> Iterator[Row]:
    """Yield a row per run with the totals of all files."""
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
        totals = run.totals
        rates = (
            _format_rate(totals.cer),
            _format_rate(totals.median_cer),
            _format_rate(totals.wer),
            _format_rate(totals.recall),
        )
        umlauts = (totals.umlauts, totals.umlauts_lost, totals.umlauts_invented)
        yield run.name, totals.files, totals.pages, *rates, *umlauts, totals.escalated, _format_seconds(totals.seconds)


def build_engine_rows(run: EvaluationRun) -> Iterator[Row]:
    """Yield a row per engine with the totals of the passages whose result is from this engine."""
    yield "engine", "passages", "CER", "median", "umlauts", "lost", "invented"
    for share in compute_engine_shares(run.scores):
        umlauts = (share.umlauts, share.umlauts_lost, share.umlauts_invented)
        yield share.engine, share.passages, _format_rate(share.cer), _format_rate(share.median_cer), *umlauts


def build_class_rows(run: EvaluationRun) -> Iterator[Row]:
    """Yield a row per error class, the most frequent first."""
    totals = run.totals
    yield "class", "characters", "share"
    for kind, count in sorted(totals.classes.items(), key=lambda class_count: -class_count[1]):
        yield kind.label, count, f"{count / totals.edits:.1%}"


def build_file_rows(scores: Sequence[FileScore], runs: Sequence[EvaluationRun]) -> Iterator[Row]:
    """Yield a row per file with its score in the first run of `runs`, and with its CER in the other runs.

    `scores` are the scores of the first run, in the order of the rows.
    """
    scores_by_run = {run.name: {score.reading.file: score for score in run.scores} for run in runs[1:]}
    yield (
        "file",
        "CER",
        *(f"CER({name})" for name in scores_by_run),
        "WER",
        "recall",
        "lost",
        "invented",
        "seconds",
        "engines",
    )
    for score in scores:
        name = score.reading.file
        other_rates = [_format_rate(scores_by_file[name].cer) for scores_by_file in scores_by_run.values()]
        rates = (_format_rate(score.cer), *other_rates, _format_rate(score.wer), _format_rate(score.recall))
        umlauts = (score.sum_metric("umlauts_lost"), score.sum_metric("umlauts_invented"))
        engines = " ".join(score.engines) if score.reading.is_completed else score.reading.state
        yield name, *rates, *umlauts, _format_seconds(score.seconds), engines


def list_reasons(runs: Sequence[EvaluationRun]) -> Iterator[str]:
    """Yield a line for each reason why files have no text, with the first file and the number of other files."""
    files: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for reading in (score.reading for run in runs for score in run.scores):
        if not reading.is_completed:
            files[": ".join(filter(None, (reading.state, reading.reason, reading.message)))][reading.file] = None
    for reason, (first, *other_files) in files.items():
        yield f"{first}{f' and {len(other_files)} more' if other_files else ''} {reason}"


def _format_rate(rate: float) -> str:
    return f"{rate:.3f}"


def _format_seconds(seconds: float) -> str:
    return f"{seconds:.1f}"
