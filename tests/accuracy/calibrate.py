"""Write the engines' calibration files: python -m tests.accuracy.calibrate CORPUS [CACHE]."""

import sys
from pathlib import Path

from functions.engine.routing.calibration import FILE_NAME
from tests.accuracy.corpus import iterate_samples
from tests.accuracy.fitting import fit_calibration
from tests.accuracy.readings import FUNCTIONS, READERS, read_samples


def main(corpus: str, cache: str = "/tmp/pagebus-accuracy") -> None:  # noqa: S108  # readings of public pages
    """Read the corpus and write a calibration file for each engine."""
    pages = read_samples(iterate_samples(Path(corpus)), Path(cache))
    for engine in READERS:
        calibration = fit_calibration(engine, READERS, pages).model_dump_json(indent=2, exclude_none=True)
        (FUNCTIONS / engine / FILE_NAME).write_text(f"{calibration}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
