"""The command `pagebus eval`: read the documents of a folder, and print the differences from their true texts."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from local.cli.eval import reading
from local.cli.eval.reading import ReadingOptions
from local.cli.shell.errors import UsageError
from local.cli.shell.screen import (
    JsonOption,
    build_table,
    make_printable,
    notes,
    out,
    print_json,
    show_step,
    summarize_names,
)
from local.cli.stack import stack
from local.cli.stack.stack import Stack
from local.cli.uploads.options import build_metadata, check_engines
from local.evaluation import tables
from local.evaluation.page_images import render_thumbnails
from local.evaluation.report import render_report
from local.evaluation.runs import ORACLE, EvaluationRun, list_engines
from local.evaluation.scores import FileScore, score_file
from local.evaluation.tables import Row
from local.evaluation.totals import select_best_scores
from local.evaluation.truth import MANIFEST, DocumentWithTruth, EvaluationFolder, TruthError, scan_folder

#: The end of the help. Typer keeps the line breaks of a paragraph that starts with a backspace (\\b).
COLUMNS_HELP = """\
\b
Columns of the tables:
  CER         character error rate: share of wrong characters, at most 1
  WER         word error rate: share of wrong words, at most 1
  recall      share of the true words that were read, in any order
  lost        number of ä ö ü Ä Ö Ü ß € that were not read
  invented    number of ä ö ü Ä Ö Ü ß € that were read, but are not true
  escalated   number of pages that more than one engine received
  seconds     time of all engines, including results that were not used

Before the comparison, texts are converted to Unicode NFC, and white space is collapsed. If a true text is in capitals
only, case is ignored. A document without a text when the timeout ends counts as an empty text.
"""
_FolderArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="The folder with the documents. The true text of NAME.pdf, NAME.png and so on is in NAME.gt.txt (UTF-8). "
        "If form feeds separate the pages of the true text, each page is compared separately. The columns `file` and "
        f"`language` of {MANIFEST} may set the languages.",
    ),
]
_CompareOption = Annotated[
    bool,
    typer.Option(
        "--compare",
        help="Also read all files with each single engine of the route, and print the best result of each file.",
    ),
]
_ConsensusOption = Annotated[
    bool | None,
    typer.Option(
        help="Let two engines read each page and vote on each word. This does not apply to the single engines of "
        "--compare. [default: --no-consensus, unless the manifests change it]"
    ),
]
_ReportOption = Annotated[
    Path | None,
    typer.Option(help="Write a report to this HTML file: images of the pages, and texts with marked errors."),
]

_LanguagesOption = Annotated[
    str | None, typer.Option(help=f"Codes of the languages of all files, such as deu+eng. [default: as in {MANIFEST}]")
]


def run_eval(  # noqa: PLR0913  # Typer needs one argument per option
    folder: _FolderArgument,
    *,
    engines: Annotated[
        str | None,
        typer.Option(
            help="Engines to try, in this order. [default: tesseract,rapidocr, unless the manifests change it]"
        ),
    ] = None,
    consensus: _ConsensusOption = None,
    compare: _CompareOption = False,
    languages: _LanguagesOption = None,
    report: _ReportOption = None,
    tenant: Annotated[str, typer.Option(help="The tenant that owns the documents.")] = "eval",
    again: Annotated[bool, typer.Option("--again", help="Also read files that were submitted before.")] = False,
    timeout: Annotated[
        float,
        typer.Option(min=0, help="Wait at most this many seconds for all files of a run. --compare has several runs."),
    ] = 3600,
    as_json: JsonOption = False,
) -> None:
    """Read documents with known texts, and print the errors."""
    evaluation_folder, truths = _load_folder(folder, report)
    options = ReadingOptions(
        engines=engines, consensus=consensus, languages=languages, tenant=tenant, again=again, timeout=timeout
    )
    reading.plan_uploads(evaluation_folder.pairs, options)  # raises UsageError, before the first file is uploaded
    evaluation = _evaluate(evaluation_folder, truths, options, compare=compare)
    _write_report(report, folder, evaluation_folder.pairs, evaluation)
    if as_json:
        _print_json(evaluation, evaluation_folder)
    else:
        _print_tables(evaluation)
    if any(run.totals.unread for run in evaluation.runs):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Evaluation:
    """The runs of an evaluation. The first run has the options of the user. With --compare, a run per engine follows.

    `oracle` has the best result of each file from all runs, or is None if there is only one run.
    """

    runs: Sequence[EvaluationRun]
    oracle: EvaluationRun | None


def _load_folder(folder: Path, report: Path | None) -> tuple[EvaluationFolder, list[str]]:
    """Return the documents of the folder, and their true texts in the same order.

    Raise UsageError if no document has a true text, or if a true text is invalid. Raise UsageError also if the folder
    of the report does not exist.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.")
    if report is not None and not report.absolute().parent.is_dir():
        raise UsageError(f"--report {report}: there is no folder {report.parent}. Create it, or choose another file.")
    try:
        evaluation_folder = scan_folder(folder)
        truths = [pair.load_truth() for pair in evaluation_folder.pairs]
    except TruthError as error:
        raise UsageError(str(error)) from error
    if not evaluation_folder.pairs:
        problem = f"No document in {folder} has a true text. The true text of letter.png must be in letter.gt.txt."
        raise UsageError(f"{problem} {_describe_skipped_folders(evaluation_folder)}".rstrip())
    return evaluation_folder, truths


def _describe_skipped_folders(folder: EvaluationFolder) -> str:
    return f"Subfolders are not read: {summarize_names(folder.folders)}." if folder.folders else ""


def _print_skipped(folder: EvaluationFolder) -> None:
    if folder.unpaired:
        notes.print(
            f"Skipped, because the document or its true text is missing: {summarize_names(folder.unpaired)}.",
            markup=False,
        )
    if folder.folders:
        notes.print(_describe_skipped_folders(folder), markup=False)


def _evaluate(
    folder: EvaluationFolder, truths: Sequence[str], options: ReadingOptions, *, compare: bool
) -> _Evaluation:
    running_stack, pairs = stack.require_stack_with_intake(), folder.pairs
    check_engines(running_stack, build_metadata({"engines": options.engines}))
    _print_skipped(folder)
    first_run = _read_and_score(running_stack, pairs, truths, options)
    other_engines = [engine for engine in list_engines(first_run.scores) if compare and engine != options.name]
    single_engine_runs = [
        _read_and_score(running_stack, pairs, truths, replace(options, engines=engine, consensus=None))
        for engine in other_engines
    ]
    if compare and not single_engine_runs:
        notes.print("--compare has no effect, because no page has another engine on its route.")
    runs = [first_run, *single_engine_runs]
    # The oracle includes the first run, because only that run can use text layers: if engines are named, intake ignores
    # text layers.
    oracle = (
        EvaluationRun(ORACLE, tuple(select_best_scores([run.scores for run in runs]))) if single_engine_runs else None
    )
    return _Evaluation(runs, oracle)


def _read_and_score(
    running_stack: Stack, pairs: Sequence[DocumentWithTruth], truths: Sequence[str], options: ReadingOptions
) -> EvaluationRun:
    notes.print(f"Reading {len(pairs)} files ({options.name}).", markup=False)
    try:
        readings = reading.read_documents(running_stack, pairs, options)
    except KeyboardInterrupt:
        notes.print(
            "No longer waiting; uploaded files are still being read. Run the same command again to continue.\n"
            f"`pagebus status --tenant {options.tenant}` shows the progress.",
            markup=False,
        )
        raise
    return EvaluationRun(
        options.name,
        tuple(score_file(file_reading, truth) for file_reading, truth in zip(readings, truths, strict=True)),
    )


def _write_report(file: Path | None, folder: Path, pairs: Sequence[DocumentWithTruth], evaluation: _Evaluation) -> None:
    if file is None:
        return
    files = {pair.name: pair.file for pair in pairs}

    def render_pages(score: FileScore, max_pages: int) -> list[str]:
        return render_thumbnails(files[score.reading.file], min(max_pages, len(score.reading.pages) or 1))

    title = f"How {folder.resolve().name} was read"
    with show_step(f"report ({file})"), file.open("w", encoding="utf-8", errors="replace") as html:
        html.writelines(render_report(title, evaluation.runs, evaluation.oracle, render_pages))


def _print_json(evaluation: _Evaluation, folder: EvaluationFolder) -> None:
    best_totals = None if evaluation.oracle is None else asdict(evaluation.oracle.totals)
    runs = [run.as_dict() for run in evaluation.runs]
    print_json({"runs": runs, "best_of_each_file": best_totals, "skipped": [*folder.unpaired, *folder.folders]})


def _print_tables(evaluation: _Evaluation) -> None:
    """Print the tables. The most important table comes last, because the terminal shows the end."""
    first_run = evaluation.runs[0]
    out.print(tables.LEGEND, markup=False)
    _print_table(tables.build_file_rows(first_run.scores, evaluation.runs))
    if reasons := [make_printable(reason) for reason in tables.list_reasons(evaluation.runs)]:
        out.print("\n".join(reasons), style="red", markup=False)
        out.print()
    _print_table(tables.build_engine_rows(first_run))
    if first_run.totals.edits:
        _print_table(tables.build_class_rows(first_run))
    oracle = [evaluation.oracle] if evaluation.oracle else []
    _print_table(tables.build_run_rows([*evaluation.runs, *oracle]))


def _print_table(rows: Iterator[Row]) -> None:
    """Print a table. The first row has the names of the columns."""
    heading = next(rows)
    out.print(build_table(" ".join(map(str, heading)), rows))
    out.print()
