"""Load a model with transformers, and derive its version. Only `load_checkpoint` imports torch and transformers."""

import hashlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from functions.engine.models.settings import ModelSettings
from functions.runtime.errors import StartupError

#: A file up to this size is hashed completely. Of a larger file, only three samples of this size are hashed.
_SAMPLE_BYTES = 1 << 20


class Checkpoint(NamedTuple):
    """A loaded model with its processor for page images, its tokenizer and its device."""

    model: Any
    processor: Any
    tokenizer: Any
    device: Any


def load_checkpoint(settings: ModelSettings) -> Checkpoint:
    """Load and return the model, in seconds to minutes. Raise StartupError if the model or the device is missing."""
    from transformers import AutoModelForImageTextToText, AutoProcessor  # noqa: PLC0415  # takes seconds
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  # takes seconds

    disable_progress_bar()
    device = _select_device(settings.device)
    _limit_threads()
    source, options = _locate_model(settings)
    try:
        processor = AutoProcessor.from_pretrained(source, **options)
        model = AutoModelForImageTextToText.from_pretrained(
            source, dtype=_select_dtype(settings.dtype, device), device_map=device, **options
        )
    except OSError as error:
        raise StartupError(_explain_missing_model(settings)) from error
    return Checkpoint(model.eval(), processor, processor.tokenizer, device)


def build_model_version(settings: ModelSettings) -> str:
    """Return the part of an engine's version that names the library and the model's weights."""
    library = f"transformers{version('transformers')}"
    if settings.model_dir:
        return f"{library}-{_compute_fingerprint(settings.model_dir)}"
    return f"{library}-{settings.model_id.rpartition('/')[2]}-{(settings.revision or '')[:8]}"


def _limit_threads() -> None:
    """Limit the threads of torch to OMP_THREAD_LIMIT. With fewer threads than torch expects, its sums are wrong."""
    import torch  # noqa: PLC0415  # takes seconds

    if limit := os.environ.get("OMP_THREAD_LIMIT"):
        torch.set_num_threads(min(torch.get_num_threads(), int(limit)))


def _locate_model(settings: ModelSettings) -> tuple[str, dict[str, Any]]:
    """Return a path or name of the model, and the options of `from_pretrained` that select its exact version."""
    if settings.model_dir:
        return str(settings.model_dir), {"local_files_only": True}
    return settings.model_id, {"revision": settings.revision}


def _explain_missing_model(settings: ModelSettings) -> str:
    if settings.model_dir:
        return f"MODEL_DIR: {settings.model_dir} has no complete checkpoint of transformers."
    return (
        f"MODEL_ID: {settings.model_id} at REVISION {settings.revision} is neither on the hub nor in HF_HOME."
        " Without a network, set MODEL_DIR to a directory with the model."
    )


def _select_device(name: str) -> Any:
    import torch  # noqa: PLC0415  # takes a second

    available = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return available or torch.device("cpu")
    device = torch.device(name)
    if device.type != "cpu" and (available is None or available.type != device.type):
        raise StartupError(f"DEVICE: this machine has no {name}. Set DEVICE to auto or cpu.")
    return device


def _select_dtype(name: str, device: Any) -> Any:
    import torch  # noqa: PLC0415  # already loaded

    if name == "auto":
        # bfloat16 is many times slower than float32 on a CPU without instructions for bfloat16.
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return getattr(torch, name)


def _compute_fingerprint(directory: Path) -> str:
    """Return a hash of the files in a directory, as twelve hexadecimal digits. Large files are hashed by samples."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.iterdir() if path.is_file()):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            for sample in _read_samples(file, path.stat().st_size):
                digest.update(sample)
    return digest.hexdigest()[:12]


def _read_samples(file: BinaryIO, size: int) -> Iterator[bytes]:
    offsets = (0,) if size <= _SAMPLE_BYTES else (0, size // 2, size - _SAMPLE_BYTES)
    for offset in offsets:
        file.seek(offset, os.SEEK_SET)
        yield file.read(_SAMPLE_BYTES)
