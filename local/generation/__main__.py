"""Generate the manifests of all functions: `python -m local.generation [--check] [--root FOLDER]`."""

import argparse
import sys
from pathlib import Path

from local.generation.descriptions import DescriptionError
from local.generation.files import find_stale_files, render_files, write_files

REPOSITORY = Path(__file__).parents[2]


def main() -> None:
    """Write the generated files. With --check, write nothing, but exit with 1 if a file is stale.

    Exit with 1 if a description is invalid.
    """
    parser = argparse.ArgumentParser(prog="python -m local.generation", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 and name the stale files")
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the folder that holds functions/ and knative/")
    options = parser.parse_args()
    try:
        files = render_files(options.root)
    except DescriptionError as error:
        sys.exit(str(error))
    if options.check:
        stale = ", ".join(map(str, find_stale_files(options.root, files)))
        sys.exit(f"Not up to date: {stale}. Run `make manifests`." if stale else 0)
    for path in write_files(options.root, files):
        print(f"updated {path}")


if __name__ == "__main__":
    main()
