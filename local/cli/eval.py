"""`pagebus eval`: how well a folder is read whose texts are known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from local.cli import evaluating, stack
from local.cli import home as homes
from local.cli.errors import Impossible
from local.cli.evaluating import Way
from local.cli.screen import Json, notes, out, print_json, printable, step, table
from local.cli.stack import Stack
from local.evaluation import tables
from local.evaluation.picture import pictures
from local.evaluation.report import report as written
from local.evaluation.runs import ORACLE, ROUTED, Run, engines_of
from local.evaluation.scores import Score, judged
from local.evaluation.tables import Row
from local.evaluation.totals import best_of
from local.evaluation.truth import MANIFEST, Folder, Pair, TruthError, found

_NAMED = 5


def evaluate(  # noqa: PLR0913  # one argument per flag
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help=f"With NAME.gt.txt, in UTF-8, beside NAME.pdf or whatever it is the text of; form feeds between pages "
            f"have them judged one by one. A {MANIFEST} may tell the files' languages: columns `file` and `language`.",
        ),
    ],
    *,
    engines: Annotated[str | None, typer.Option(help="The route, such as tesseract,rapidocr. [the router's]")] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Read all by each engine of the routes alone, too, and say what is the best."),
    ] = False,
    languages: Annotated[str | None, typer.Option(help="Such as deu+eng, for all files.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="An HTML file: pages beside their texts, mistakes marked.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="The folder of the bucket that they go to.")] = "eval",
    again: Annotated[bool, typer.Option("--again", help="Read afresh what was read before.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most for all files, read one way.")] = 3600,
    as_json: Json = False,
) -> None:
    """Read documents whose texts are known, and say what is wrong.

    CER and WER are shares of wrong characters and words, of NFC text with white space collapsed, at most 1 a page.
    Against a truth all in capitals, case does not count. Recall is the share of words read in any order. Lost and
    invented are ä ö ü Ä Ö Ü ß and €, wherever they stand. What has no text when time is over counts as read empty.
    """
    there, truths = _found(folder, report)
    way = Way(name="", engines=engines, languages=languages, tenant=tenant, again=again, timeout=timeout)
    evaluating.planned(there.pairs, way)
    up = stack.with_intake(homes.find())
    _name_left_out(there)
    runs = list(_runs(up, there.pairs, truths, way, compare=compare))
    oracle = _oracle([run.scores for run in runs[1:]])
    if report is not None:
        _write(report, folder, there.pairs, runs, oracle)
    if as_json:
        _print_json(runs, oracle, there)
    else:
        _print(runs, oracle)
    if any(run.totals.unread for run in runs):
        raise typer.Exit(1)


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
        raise Impossible(f"No file in {folder} has its text beside it, as letter.png has in letter.gt.txt.")
    return there, truths


def _name_left_out(there: Folder) -> None:
    if there.left_out:
        more = f" and {len(there.left_out) - _NAMED} more" if len(there.left_out) > _NAMED else ""
        named = printable(", ".join(there.left_out[:_NAMED]))
        notes.print(f"Left out, having nothing to be compared with: {named}{more}.", markup=False)


def _runs(up: Stack, pairs: Sequence[Pair], truths: Sequence[str], way: Way, *, compare: bool) -> Iterator[Run]:
    """As the route has it; to compare, then by each of its engines alone."""
    given = (way.engines or "").replace(" ", "")
    first = _run(up, pairs, truths, replace(way, name=given.replace(",", "-then-") or ROUTED))
    yield first
    for engine in engines_of(first.scores) if compare else ():
        if engine != given:
            yield _run(up, pairs, truths, replace(way, name=engine, engines=engine))


def _oracle(alone: Sequence[Sequence[Score]]) -> Run | None:
    """What a choice among engines that read everything could reach at best; None where there is no choice."""
    return Run(ORACLE, tuple(best_of(alone))) if alone[1:] else None


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


def _write(file: Path, folder: Path, pairs: Sequence[Pair], runs: Sequence[Run], oracle: Run | None) -> None:
    files = {pair.name: pair.file for pair in pairs}
    with step(f"report ({file})"), file.open("w", encoding="utf-8", errors="replace") as html:
        html.writelines(
            written(
                f"How {folder.resolve().name} was read",
                runs,
                oracle,
                lambda score, most: pictures(files[score.read.file], min(most, len(score.read.pages) or 1)),
            )
        )


def _print_json(runs: Sequence[Run], oracle: Run | None, there: Folder) -> None:
    best = None if oracle is None else asdict(oracle.totals)
    print_json({"runs": [run.told() for run in runs], "best_of_each_file": best, "left_out": there.left_out})


def _print(runs: Sequence[Run], oracle: Run | None) -> None:
    """What matters most is last, where the cursor is."""
    first = runs[0]
    _show(tables.by_files(first.scores, runs))
    _show(tables.by_engines(first))
    if first.totals.edits:
        _show(tables.by_classes(first))
    _show(tables.by_runs([*runs, *([oracle] if oracle else [])]))


def _show(rows: Iterator[Row]) -> None:
    heading = next(rows)
    out.print(table(" ".join(map(str, heading)), rows))
    out.print()
