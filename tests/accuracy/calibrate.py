"""Write the engines' tables: python -m tests.accuracy.calibrate CORPUS [CACHE]."""

import sys
from pathlib import Path

from functions.engine.routing.calibration import FILE
from tests.accuracy.corpus import samples
from tests.accuracy.fitting import table
from tests.accuracy.readings import FUNCTIONS, READERS, pages


def main(corpus: str, cache: str = "/tmp/pagebus-accuracy") -> None:  # noqa: S108  # readings of public pages
    learnt = pages(samples(Path(corpus)), Path(cache))
    for engine in READERS:
        made = table(engine, READERS, learnt).model_dump_json(indent=2, exclude_none=True)
        (FUNCTIONS / engine / FILE).write_text(f"{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
