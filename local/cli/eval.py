"""`pagebus eval`: how well a folder is read whose texts are known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from local.cli import evaluating, named_engines, stack, upload
from local.cli import home as homes
from local.cli.errors import Impossible
from local.cli.evaluating import Way
from local.cli.screen import Json, notes, out, print_json, printable, some, step, table
from local.cli.stack import Stack
from local.evaluation import tables
from local.evaluation.picture import pictures
from local.evaluation.report import report as written
from local.evaluation.runs import ORACLE, Run, engines_of
from local.evaluation.scores import Score, judged
from local.evaluation.tables import Row
from local.evaluation.totals import best_of
from local.evaluation.truth import MANIFEST, Folder, Pair, TruthError, found

_Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help=f"With NAME.gt.txt, in UTF-8, beside NAME.pdf or whatever it is the text of; form feeds between pages "
        f"have them judged one by one. A {MANIFEST} may tell the files' languages: columns `file` and `language`.",
    ),
]
_Compare = Annotated[
    bool,
    typer.Option(
        "--compare", help="Read all by each engine of the routes alone, too, and say what the best of these runs make."
    ),
]
_Consensus = Annotated[
    bool | None,
    typer.Option(help="Two engines read, and vote on every word; those of --compare read alone all the same."),
]
_Report = Annotated[Path | None, typer.Option(help="An HTML file: pages beside their texts, mistakes marked.")]


def evaluate(  # noqa: PLR0913  # one argument per flag
    folder: _Folder,
    *,
    engines: Annotated[str | None, typer.Option(help="The route, such as tesseract,rapidocr. [the router's]")] = None,
    consensus: _Consensus = None,
    compare: _Compare = False,
    languages: Annotated[str | None, typer.Option(help="Such as deu+eng, for all files.")] = None,
    report: _Report = None,
    tenant: Annotated[str, typer.Option(help="The folder of the bucket that they go to.")] = "eval",
    again: Annotated[bool, typer.Option("--again", help="Read afresh what was read before.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most for all files, read one way.")] = 3600,
    as_json: Json = False,
) -> None:
    """Read documents whose texts are known, and say what is wrong.

    CER and WER are shares of wrong characters and words, of NFC text with white space collapsed, at most 1 a page.
    Against a truth all in capitals, case does not count. Recall is the share of words read in any order. Lost and
    invented are ä ö ü Ä Ö Ü ß and €, wherever they stand. What has no text when time is over counts as read empty.
    Escalated are pages that more than the first engine of their route was asked for. Seconds are those spent in all
    engines that read a page, whether their readings were taken or not.
    """
    there, truths = _found(folder, report)
    way = Way(engines=engines, consensus=consensus, languages=languages, tenant=tenant, again=again, timeout=timeout)
    evaluating.planned(there.pairs, way)  # says what is impossible before anything is done
    judgement = _judged(there, truths, way, compare=compare)
    _write(report, folder, there.pairs, judgement)
    (_print_json if as_json else _print)(judgement, there)
    if any(run.totals.unread for run in judgement.runs):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Judgement:
    """The first of the runs is what was asked for; to compare, each engine's alone follow, and what they allow."""

    runs: Sequence[Run]
    oracle: Run | None


def _found(folder: Path, report: Path | None) -> tuple[Folder, list[str]]:
    """What there is to judge, with the true texts. Raises Impossible."""
    if not folder.is_dir():
        raise Impossible(f"There is no folder {folder}.")
    if report is not None and not report.absolute().parent.is_dir():
        raise Impossible(f"--report {report}: there is no folder {report.parent}. Make it, or name a file elsewhere.")
    try:
        there = found(folder)
        truths = [pair.text() for pair in there.pairs]
    except TruthError as error:
        raise Impossible(str(error)) from error
    if not there.pairs:
        told = f"No file in {folder} has its text beside it, as letter.png has in letter.gt.txt."
        raise Impossible(f"{told} {_not_looked_into(there)}".rstrip())
    return there, truths


def _not_looked_into(there: Folder) -> str:
    return f"Folders in it are not looked into: {some(there.folders)}" if there.folders else ""


def _name_left_out(there: Folder) -> None:
    if there.left_out:
        notes.print(f"Left out, having nothing to be compared with: {some(there.left_out)}.", markup=False)
    if there.folders:
        notes.print(_not_looked_into(there), markup=False)


def _judged(there: Folder, truths: Sequence[str], way: Way, *, compare: bool) -> _Judgement:
    up, pairs = stack.with_intake(homes.find()), there.pairs
    named_engines.check(up, upload.wishes({"engines": way.engines}))
    _name_left_out(there)
    first = _run(up, pairs, truths, way)
    others = [engine for engine in engines_of(first.scores) if compare and engine != way.name]
    alone = [_run(up, pairs, truths, replace(way, engines=engine, consensus=None)) for engine in others]
    if compare and not alone:
        notes.print("There is nothing to compare: no page was meant for another engine.")
    runs = [first, *alone]
    # The first run too, the only one that takes text layers: engines that are named read every page.
    oracle = Run(ORACLE, tuple(best_of([run.scores for run in runs]))) if alone else None
    return _Judgement(runs, oracle)


def _run(up: Stack, pairs: Sequence[Pair], truths: Sequence[str], way: Way) -> Run:
    notes.print(f"Reading {len(pairs)} files ({way.name}).", markup=False)
    try:
        reads = evaluating.read(up, pairs, way, _check_up)
    except KeyboardInterrupt:
        notes.print(
            "No longer waiting; what is uploaded is being read. The same command goes on from there, and\n"
            f"`pagebus status --tenant {way.tenant}` shows how far it is.",
            markup=False,
        )
        raise
    return Run(way.name, tuple(judged(read, truth) for read, truth in zip(reads, truths, strict=True)))


def _check_up() -> None:
    """Raise Failed when all was brought down meanwhile."""
    stack.required(homes.find())


def _write(file: Path | None, folder: Path, pairs: Sequence[Pair], judgement: _Judgement) -> None:
    """The report, if one is wanted."""
    if file is None:
        return
    files = {pair.name: pair.file for pair in pairs}

    def shown(score: Score, most: int) -> list[str]:
        return pictures(files[score.read.file], min(most, len(score.read.pages) or 1))

    title = f"How {folder.resolve().name} was read"
    with step(f"report ({file})"), file.open("w", encoding="utf-8", errors="replace") as html:
        html.writelines(written(title, judgement.runs, judgement.oracle, shown))


def _print_json(judgement: _Judgement, there: Folder) -> None:
    best = None if judgement.oracle is None else asdict(judgement.oracle.totals)
    runs = [run.told() for run in judgement.runs]
    print_json({"runs": runs, "best_of_each_file": best, "left_out": [*there.left_out, *there.folders]})


def _print(judgement: _Judgement, _: Folder) -> None:
    """What matters most is last, where the cursor is."""
    first = judgement.runs[0]
    out.print(tables.LEGEND, markup=False)
    _show(tables.by_files(first.scores, judgement.runs))
    if reasons := [printable(told) for told in tables.by_reasons(judgement.runs)]:
        out.print("\n".join(reasons), style="red", markup=False)
        out.print()
    _show(tables.by_engines(first))
    if first.totals.edits:
        _show(tables.by_classes(first))
    _show(tables.by_runs([*judgement.runs, *([judgement.oracle] if judgement.oracle else [])]))


def _show(rows: Iterator[Row]) -> None:
    heading = next(rows)
    out.print(table(" ".join(map(str, heading)), rows))
    out.print()
