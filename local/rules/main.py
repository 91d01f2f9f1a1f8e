"""Check manifests: `python -m local.rules [--json] [FOLDER ...|-]`. Without a folder, check all Pagebus manifests."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from local.manifests.loading import Manifests, parse_manifests
from local.rules.knative import check_with_knative
from local.rules.kustomize import REPOSITORY, CannotCheckError, build_manifests
from local.rules.problem import Problem
from local.rules.references import check_references
from local.rules.registry import OVERLAY_RULES, RULES, Rules, find_problems

_OVERLAYS = "overlays"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all problems, and return the exit status.

    The status is 0 if there are no problems, 1 if there are problems, and 2 if the check was not possible.
    """
    options = _build_parser().parse_args(arguments)
    try:
        problems = [problem for folder in options.folders or list_product_folders() for problem in check_folder(folder)]
    except (CannotCheckError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([asdict(problem) for problem in problems], indent=2))
    else:
        print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def check_folder(folder: str) -> list[Problem]:
    """Return all problems of a folder, or of standard input if `folder` is `-`.

    Raise CannotCheckError if a tool or the folder is missing or fails.
    """
    if folder == "-":
        return list(check_manifests("-", sys.stdin.buffer.read(), RULES))
    rules = OVERLAY_RULES if _OVERLAYS in Path(folder).parts else RULES
    return list(check_manifests(folder, build_manifests(Path(folder)), rules))


def check_manifests(name: str, manifests: bytes, rules: Rules) -> Iterator[Problem]:
    """Yield the problems that our models and Knative find in each resource, and then those that the rules find.

    The rules run only if every resource fits its model, because they compare resources with each other. Raise
    CannotCheckError if there are no manifests.
    """
    located, model_problems = parse_manifests([(Path(name), manifests)])
    if not located and not model_problems:
        raise CannotCheckError(f"{name}: no manifests; choose a folder with manifests")
    yield from (Problem.parse("shape", line) for line in model_problems)
    yield from check_with_knative(name, manifests)
    if model_problems:
        return
    parsed = Manifests(tuple(located))
    yield from (Problem.parse("rules", line) for line in check_references(parsed))
    yield from (Problem.parse("rules", line) for line in find_problems(parsed, rules))


def list_product_folders() -> list[str]:
    """Return the folders of the base and of all overlays, relative to the working directory."""
    folders = [REPOSITORY / "knative" / "base"]
    folders += sorted((REPOSITORY / "knative" / _OVERLAYS).iterdir())
    return [os.path.relpath(folder) for folder in folders]


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.rules", description="Report the problems of manifests.")
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help="a folder with manifests or a kustomization; `-` reads stdin"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    return parser
