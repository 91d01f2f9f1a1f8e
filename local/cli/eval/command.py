"""`pagebus eval`: read a folder whose texts are known, and print the errors."""

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
from local.evaluation.report import render_report as written
from local.evaluation.runs import ORACLE, EvaluationRun, list_engines
from local.evaluation.scores import FileScore, score_file
from local.evaluation.tables import Row
from local.evaluation.totals import select_best_scores
from local.evaluation.truth import MANIFEST, DocumentWithTruth, EvaluationFolder, TruthError, scan_folder

_FolderArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help=f"A folder with NAME.gt.txt, the text in UTF-8, beside each NAME.pdf, NAME.png and so on. If form feeds "
        f"separate its pages, each page is measured. {MANIFEST} may have the languages: columns `file` and `language`.",
    ),
]
_Compare = Annotated[
    bool,
    typer.Option(
        "--compare",
        help="Also read all files with each engine of the routes alone, and print the best result of each file.",
    ),
]
_Consensus = Annotated[
    bool | None,
    typer.Option(help="Two engines read each page and vote on each word. The single engines of --compare do not."),
]
_Report = Annotated[
    Path | None, typer.Option(help="Write an HTML file with the pages beside their texts, and errors marked.")
]

_Languages = Annotated[str | None, typer.Option(help=f"Languages of all files, such as deu+eng. [those in {MANIFEST}]")]


def run_eval(  # noqa: PLR0913  # Typer needs one argument per option
    folder: _FolderArgument,
    *,
    engines: Annotated[
        str | None,
        typer.Option(help="Engines to try, in this order, such as tesseract,rapidocr. [the router's choice]"),
    ] = None,
    consensus: _Consensus = None,
    compare: _Compare = False,
    languages: _Languages = None,
    report: _Report = None,
    tenant: Annotated[str, typer.Option(help="The tenant: the folder of the bucket for the files.")] = "eval",
    again: Annotated[bool, typer.Option("--again", help="Read files again that were submitted before.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0, help="Wait at most this many seconds for all files, on each route.")
    ] = 3600,
    as_json: JsonOption = False,
) -> None:
    """Read documents whose texts are known, and print the errors.

    CER and WER are the shares of wrong characters and words. The texts are compared in Unicode NFC with white space
    collapsed, and a page counts as 1 at most. If the known text is all in capitals, case is ignored. Recall is the
    share of words that were read, in any order. Lost and invented are counts of ä ö ü Ä Ö Ü ß and €, at any place.
    A document that has no text after the timeout counts as an empty text. Escalated pages were sent to more than the
    first engine of their route. Seconds are the time of all engines that read a page, also if a reading was not used.
    """
    found_folder, truths = _load_folder(folder, report)
    options = ReadingOptions(
        engines=engines, consensus=consensus, languages=languages, tenant=tenant, again=again, timeout=timeout
    )
    reading.plan_uploads(found_folder.pairs, options)  # raises UsageError before anything is uploaded
    evaluation = _evaluate(found_folder, truths, options, compare=compare)
    _write_report(report, folder, found_folder.pairs, evaluation)
    if as_json:
        _print_json(evaluation, found_folder)
    else:
        _print(evaluation)
    if any(run.totals.unread for run in evaluation.runs):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Evaluation:
    """The runs of an evaluation. The first one has the given options; with --compare, a run per engine follows.

    `oracle` then has the best result of each file.
    """

    runs: Sequence[EvaluationRun]
    oracle: EvaluationRun | None


def _load_folder(folder: Path, report: Path | None) -> tuple[EvaluationFolder, list[str]]:
    """Return the files of the folder and their known texts. Raise UsageError if there are none, or one is invalid."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.")
    if report is not None and not report.absolute().parent.is_dir():
        raise UsageError(f"--report {report}: there is no folder {report.parent}. Create it, or choose another file.")
    try:
        found_folder = scan_folder(folder)
        truths = [pair.load_truth() for pair in found_folder.pairs]
    except TruthError as error:
        raise UsageError(str(error)) from error
    if not found_folder.pairs:
        problem = f"No file in {folder} has its text beside it, as letter.png has in letter.gt.txt."
        raise UsageError(f"{problem} {_describe_skipped_folders(found_folder)}".rstrip())
    return found_folder, truths


def _describe_skipped_folders(folder: EvaluationFolder) -> str:
    return f"Folders in it are not read: {summarize_names(folder.folders)}." if folder.folders else ""


def _print_skipped(folder: EvaluationFolder) -> None:
    if folder.unpaired:
        notes.print(
            f"Skipped, because they have no text beside them: {summarize_names(folder.unpaired)}.", markup=False
        )
    if folder.folders:
        notes.print(_describe_skipped_folders(folder), markup=False)


def _evaluate(
    folder: EvaluationFolder, truths: Sequence[str], options: ReadingOptions, *, compare: bool
) -> _Evaluation:
    up, pairs = stack.require_stack_with_intake(), folder.pairs
    check_engines(up, build_metadata({"engines": options.engines}))
    _print_skipped(folder)
    first = _run(up, pairs, truths, options)
    others = [engine for engine in list_engines(first.scores) if compare and engine != options.name]
    alone = [_run(up, pairs, truths, replace(options, engines=engine, consensus=None)) for engine in others]
    if compare and not alone:
        notes.print("There is nothing to compare: no page has another engine on its route.")
    runs = [first, *alone]
    # The first run is included because it alone uses text layers: an engine that is named reads every page.
    oracle = EvaluationRun(ORACLE, tuple(select_best_scores([run.scores for run in runs]))) if alone else None
    return _Evaluation(runs, oracle)


def _run(
    up: Stack, pairs: Sequence[DocumentWithTruth], truths: Sequence[str], options: ReadingOptions
) -> EvaluationRun:
    notes.print(f"Reading {len(pairs)} files ({options.name}).", markup=False)
    try:
        reads = reading.read_documents(up, pairs, options)
    except KeyboardInterrupt:
        notes.print(
            "No longer waiting; uploaded files are still being read. Run the same command again to continue.\n"
            f"`pagebus status --tenant {options.tenant}` shows the progress.",
            markup=False,
        )
        raise
    return EvaluationRun(
        options.name, tuple(score_file(read, truth) for read, truth in zip(reads, truths, strict=True))
    )


def _write_report(file: Path | None, folder: Path, pairs: Sequence[DocumentWithTruth], evaluation: _Evaluation) -> None:
    if file is None:
        return
    files = {pair.name: pair.file for pair in pairs}

    def render_pages(score: FileScore, most: int) -> list[str]:
        return render_thumbnails(files[score.reading.file], min(most, len(score.reading.pages) or 1))

    title = f"How {folder.resolve().name} was read"
    with show_step(f"report ({file})"), file.open("w", encoding="utf-8", errors="replace") as html:
        html.writelines(written(title, evaluation.runs, evaluation.oracle, render_pages))


def _print_json(evaluation: _Evaluation, folder: EvaluationFolder) -> None:
    best = None if evaluation.oracle is None else asdict(evaluation.oracle.totals)
    runs = [run.as_dict() for run in evaluation.runs]
    print_json({"runs": runs, "best_of_each_file": best, "skipped": [*folder.unpaired, *folder.folders]})


def _print(evaluation: _Evaluation) -> None:
    """Print the tables, the most important last, where the cursor is."""
    first = evaluation.runs[0]
    out.print(tables.LEGEND, markup=False)
    _print_table(tables.build_file_rows(first.scores, evaluation.runs))
    if reasons := [make_printable(reason) for reason in tables.list_reasons(evaluation.runs)]:
        out.print("\n".join(reasons), style="red", markup=False)
        out.print()
    _print_table(tables.build_engine_rows(first))
    if first.totals.edits:
        _print_table(tables.build_class_rows(first))
    oracle = [evaluation.oracle] if evaluation.oracle else []
    _print_table(tables.build_run_rows([*evaluation.runs, *oracle]))


def _print_table(rows: Iterator[Row]) -> None:
    """Print a table. The first row is its heading."""
    heading = next(rows)
    out.print(build_table(" ".join(map(str, heading)), rows))
    out.print()
