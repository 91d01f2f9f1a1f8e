"""`python -m tests.bench.gpu [--models got,deepseek] [--tokens 256] [--json FILE]`: measure, show, and write."""

import argparse
import json
import platform
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.gpu.failures import alone, halved, lost
from tests.bench.gpu.passes import BATCHES, Pass, a4, held, loaded, passes, prepared
from tests.bench.gpu.published import PUBLISHED, write

_MOST = max(BATCHES)
out, notes = Console(), Console(stderr=True)


def main() -> None:
    arguments = _arguments()
    told: dict[str, Any] = {"where": _where(arguments.device), "models": {}}
    with TemporaryDirectory(dir=arguments.scratch) as scratch:
        for model in arguments.models:
            told["models"][model] = _measured(model, Path(scratch) / model, arguments)
            _write(told, arguments.json)
        told["failures"] = dict(_failures(Path(scratch), arguments))
        _write(told, arguments.json)
    _show(told)


def _measured(model: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Written, and loaded twice: for one token a page, which tells what comes before it, and for as many as asked."""
    began = time.monotonic()
    parameters, device = write(PUBLISHED[model], folder, arguments.device), arguments.device
    notes.print(f"{model}: {parameters / 1e9:.2f} billion parameters written in {time.monotonic() - began:.1f} s")
    full, before = a4(), held()
    read, cold = loaded(model, folder, batch=_MOST, tokens=1, device=device)
    fresh = list(passes(read, full, arguments.batches, before=before))
    first = list(passes(read, full, arguments.batches, before=before))
    before = held()
    read, warm = loaded(model, folder, batch=_MOST, tokens=arguments.tokens, device=device)
    whole = list(passes(read, full, arguments.batches, before=before))
    notes.print(f"{model}: loaded in {cold:.1f} s, again in {warm:.1f} s; {_line(whole)}", soft_wrap=True)
    return {
        "billion_parameters": parameters / 1e9,
        "load_s": [cold, warm],
        "prepare_s": prepared(model, folder, full),
        **{name: [each._asdict() for each in done] for name, done in zip(_STAGES, (fresh, first, whole), strict=True)},
    }


_STAGES = ("first_token_at_first", "first_token", "whole")


def _failures(scratch: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Only where there is a GPU to run out of."""
    if arguments.device == "cpu":
        return
    for name, model, measure in (("halved", "deepseek", halved), ("alone", "deepseek", alone)):
        if model in arguments.models:
            yield name, measure(model, scratch / model, arguments.device)
    yield "lost", lost()


def _where(device: str) -> dict[str, Any]:
    import torch  # noqa: PLC0415  # seconds

    gpu = torch.cuda.get_device_properties(0) if device == "cuda" else None
    return {
        "device": gpu.name if gpu else platform.processor() or "CPU",
        "memory_gib": gpu.total_memory / (1 << 30) if gpu else None,
        **{name: version(name) for name in ("torch", "transformers", "accelerate")},
    }


def _line(done: Sequence[Pass]) -> str:
    return ", ".join(f"{each.batch}: {each.pages_per_second:.2f} pages/s {each.peak_gib:.1f} GiB" for each in done)


def _show(told: dict[str, Any]) -> None:
    """A row per model and batch."""
    table = Table(*("model", "batch", "tokens", "first token s", "pass s", "s/page", "pages/s", "GiB"), box=None)
    for model, measured in told["models"].items():
        for first, whole in zip(measured["first_token"], measured["whole"], strict=True):
            done = Pass(**whole)
            seconds = (first["seconds"], done.seconds, done.seconds / done.batch, done.pages_per_second)
            numbers = (*(f"{number:.2f}" for number in seconds), f"{done.peak_gib:.1f}")
            table.add_row(model, str(done.batch), str(done.tokens), *numbers)
    out.print(table)
    out.print_json(data={"where": told["where"], "failures": told["failures"]})


def _write(told: dict[str, Any], file: Path | None) -> None:
    """After each model: whatever comes next may not end well."""
    if file:
        file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=__doc__)
    parser.add_argument("--models", type=_names, default=list(PUBLISHED), help=", ".join(PUBLISHED))
    parser.add_argument("--tokens", type=int, default=256, help="written of each page; random weights never stop")
    parser.add_argument("--batches", type=_numbers, default=BATCHES, help="pages at a time, as 1,8")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="a CPU takes minutes a page")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    parser.add_argument("--scratch", type=Path, help="a folder with 25 GB left, for the models")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


if __name__ == "__main__":
    main()
