"""`python -m tests.bench.gpu [--models got,deepseek] [--tokens 256] [--json FILE]`: measure and print results."""

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

from tests.bench.gpu.failures import measure_halving, measure_lost_gpu, measure_oversized_page
from tests.bench.gpu.passes import (
    GPU_BATCH_SIZES,
    Pass,
    get_allocated_bytes,
    load_model,
    measure_preparation,
    render_a4_page,
    run_passes,
)
from tests.bench.gpu.published_models import PUBLISHED, write_checkpoint

_MAX_BATCH_SIZE = max(GPU_BATCH_SIZES)
out, notes = Console(), Console(stderr=True)


def main() -> None:
    arguments = _parse_arguments()
    results: dict[str, Any] = {"where": _describe_machine(arguments.device), "models": {}}
    with TemporaryDirectory(dir=arguments.scratch) as scratch:
        for model in arguments.models:
            results["models"][model] = _measure_model(model, Path(scratch) / model, arguments)
            _write_results(results, arguments.json)
        results["failures"] = dict(_measure_failures(Path(scratch), arguments))
        _write_results(results, arguments.json)
    _print_results(results)


def _measure_model(model: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Write a model, load it twice, and return its results.

    With one token per page, the passes show the time before the first token. Then they generate `--tokens` tokens.
    """
    began = time.monotonic()
    parameters, device = write_checkpoint(PUBLISHED[model], folder, arguments.device), arguments.device
    notes.print(f"{model}: {parameters / 1e9:.2f} billion parameters written in {time.monotonic() - began:.1f} s")
    full, before = render_a4_page(), get_allocated_bytes()
    read, cold = load_model(model, folder, batch=_MAX_BATCH_SIZE, tokens=1, device=device)
    fresh = list(run_passes(read, full, arguments.batches, before=before))
    first = list(run_passes(read, full, arguments.batches, before=before))
    before = get_allocated_bytes()
    read, warm = load_model(model, folder, batch=_MAX_BATCH_SIZE, tokens=arguments.tokens, device=device)
    whole = list(run_passes(read, full, arguments.batches, before=before))
    notes.print(f"{model}: loaded in {cold:.1f} s, again in {warm:.1f} s; {_summarize_passes(whole)}", soft_wrap=True)
    return {
        "billion_parameters": parameters / 1e9,
        "load_s": [cold, warm],
        "prepare_s": measure_preparation(model, folder, full),
        **{name: [each._asdict() for each in done] for name, done in zip(_STAGES, (fresh, first, whole), strict=True)},
    }


_STAGES = ("first_token_at_first", "first_token", "whole")


def _measure_failures(scratch: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Yield the results of failures by name. A CPU has none, because they need the limited memory of a GPU."""
    if arguments.device == "cpu":
        return
    for name, model, measure in (
        ("halved", "deepseek", measure_halving),
        ("alone", "deepseek", measure_oversized_page),
    ):
        if model in arguments.models:
            yield name, measure(model, scratch / model, arguments.device)
    yield "lost", measure_lost_gpu()


def _describe_machine(device: str) -> dict[str, Any]:
    import torch  # noqa: PLC0415  # the import takes seconds

    gpu = torch.cuda.get_device_properties(0) if device == "cuda" else None
    return {
        "device": gpu.name if gpu else platform.processor() or "CPU",
        "memory_gib": gpu.total_memory / (1 << 30) if gpu else None,
        **{name: version(name) for name in ("torch", "transformers", "accelerate")},
    }


def _summarize_passes(done: Sequence[Pass]) -> str:
    return ", ".join(f"{each.batch}: {each.pages_per_second:.2f} pages/s {each.peak_gib:.1f} GiB" for each in done)


def _print_results(results: dict[str, Any]) -> None:
    """Print a table with a row per model and batch size, then machine and failures as JSON."""
    table = Table(*("model", "batch", "tokens", "first token s", "pass s", "s/page", "pages/s", "GiB"), box=None)
    for model, measured in results["models"].items():
        for first, whole in zip(measured["first_token"], measured["whole"], strict=True):
            done = Pass(**whole)
            seconds = (first["seconds"], done.seconds, done.seconds / done.batch, done.pages_per_second)
            numbers = (*(f"{number:.2f}" for number in seconds), f"{done.peak_gib:.1f}")
            table.add_row(model, str(done.batch), str(done.tokens), *numbers)
    out.print(table)
    out.print_json(data={"where": results["where"], "failures": results["failures"]})


def _write_results(results: dict[str, Any], file: Path | None) -> None:
    """Write the results so far, because a later model may crash the process."""
    if file:
        file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=__doc__)
    parser.add_argument("--models", type=_split_names, default=list(PUBLISHED), help=", ".join(PUBLISHED))
    parser.add_argument(
        "--tokens", type=int, default=256, help="generated tokens per page; a model with random weights never stops"
    )
    parser.add_argument(
        "--batches", type=_split_numbers, default=GPU_BATCH_SIZES, help="numbers of pages per pass, for example 1,8"
    )
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="a CPU takes minutes per page")
    parser.add_argument("--json", type=Path, help="a file for all results")
    parser.add_argument("--scratch", type=Path, help="a folder for the models, with 25 GB free")
    return parser.parse_args()


def _split_names(text: str) -> list[str]:
    return text.split(",")


def _split_numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


if __name__ == "__main__":
    main()
