"""The one way in which a model comes into memory. Imported by readers; torch and transformers only when it loads."""

import hashlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from functions.engine.models.settings import ModelSettings
from functions.runtime.errors import Unstartable

#: Files up to here count whole for a version; of larger ones, the weights, as much at each of three places.
_SAMPLE_BYTES = 1 << 20


class Checkpoint(NamedTuple):
    """A model that is ready to generate, and what prepares pages for it and puts tokens back into text."""

    model: Any
    processor: Any
    tokenizer: Any
    device: Any


def load(settings: ModelSettings) -> Checkpoint:
    """Takes seconds to minutes. Raises Unstartable when there is no such model, or no such device."""
    from transformers import AutoModelForImageTextToText, AutoProcessor  # noqa: PLC0415  # seconds, and in the background
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  # the same

    disable_progress_bar()
    device = _device(settings.device)
    _within_limit()
    source, pins = _source(settings)
    try:
        processor = AutoProcessor.from_pretrained(source, **pins)
        model = AutoModelForImageTextToText.from_pretrained(
            source, dtype=_dtype(settings.dtype, device), device_map=device, **pins
        )
    except OSError as error:
        raise Unstartable(_missing(settings)) from error
    return Checkpoint(model.eval(), processor, processor.tokenizer, device)


def _within_limit() -> None:
    """OpenMP gives no more threads than OMP_THREAD_LIMIT; torch, if it counts on more, leaves parts of sums undone."""
    import torch  # noqa: PLC0415  # seconds, and in the background

    if limit := os.environ.get("OMP_THREAD_LIMIT"):
        torch.set_num_threads(min(torch.get_num_threads(), int(limit)))


def name(settings: ModelSettings) -> str:
    """The library and the model, as a version: what other weights would read is another reading."""
    library = f"transformers{version('transformers')}"
    if settings.model_dir:
        return f"{library}-{_fingerprint(settings.model_dir)}"
    return f"{library}-{settings.model_id.rpartition('/')[2]}-{(settings.revision or '')[:8]}"


def _source(settings: ModelSettings) -> tuple[str, dict[str, Any]]:
    if settings.model_dir:
        return str(settings.model_dir), {"local_files_only": True}
    return settings.model_id, {"revision": settings.revision}


def _missing(settings: ModelSettings) -> str:
    if settings.model_dir:
        return f"MODEL_DIR: {settings.model_dir} holds no whole checkpoint of transformers."
    return (
        f"MODEL_ID: {settings.model_id} at REVISION {settings.revision} is neither on the hub nor in HF_HOME."
        " Without a network, set MODEL_DIR to a directory that holds it."
    )


def _device(wanted: str) -> Any:
    import torch  # noqa: PLC0415  # a second, and in the background

    if wanted == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    device = torch.device(wanted)
    available = torch.accelerator.current_accelerator(check_available=True)
    if device.type != "cpu" and (available is None or available.type != device.type):
        raise Unstartable(f"DEVICE: there is no {wanted} here; set it to auto or cpu.")
    return device


def _dtype(wanted: str, device: Any) -> Any:
    import torch  # noqa: PLC0415  # loaded by now

    if wanted == "auto":
        # On a CPU without instructions for it, bfloat16 is many times slower than float32.
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return getattr(torch, wanted)


def _fingerprint(directory: Path) -> str:
    """Twelve digits that other weights would not have. Of gigabytes only three places are read."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.iterdir() if path.is_file()):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            for sample in _samples(file, path.stat().st_size):
                digest.update(sample)
    return digest.hexdigest()[:12]


def _samples(file: BinaryIO, size: int) -> Iterator[bytes]:
    places = (0,) if size <= _SAMPLE_BYTES else (0, size // 2, size - _SAMPLE_BYTES)
    for place in places:
        file.seek(place, os.SEEK_SET)
        yield file.read(_SAMPLE_BYTES)
