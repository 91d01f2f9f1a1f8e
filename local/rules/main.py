"""Judge manifests: `python -m local.rules [--json] [FOLDER ...|-]`, without a folder all that the product has."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from local.manifests.loading import Manifests, read
from local.rules.all import DEPLOYED, RULES, Rules, broken
from local.rules.built import REPOSITORY, ImpossibleError, content
from local.rules.knative import judged
from local.rules.references import references
from local.rules.verdict import Verdict

_OVERLAYS = "overlays"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing is wrong, 1 where something is, 2 where it could not tell."""
    asked = _parser().parse_args(arguments)
    try:
        verdicts = [found for folder in asked.folders or ours() for found in verdicts_on(folder)]
    except (ImpossibleError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2))
    else:
        print(*verdicts, sep="\n", end="\n" if verdicts else "")
    return 1 if verdicts else 0


def verdicts_on(folder: str) -> list[Verdict]:
    """What all judges say of a folder, or of standard input."""
    if folder == "-":
        return list(judge("-", sys.stdin.buffer.read(), RULES))
    rules = DEPLOYED if _OVERLAYS in Path(folder).parts else RULES
    return list(judge(folder, content(Path(folder)), rules))


def judge(name: str, manifests: bytes, rules: Rules) -> Iterator[Verdict]:
    """Shapes and Knative look at each resource, and rules at all of them together once each has a shape."""
    placed, misshapen = read([(Path(name), manifests)])
    if not placed and not misshapen:
        raise ImpossibleError(f"{name}: no manifests; name a folder that holds some")
    yield from (Verdict.read("shape", line) for line in misshapen)
    yield from judged(name, manifests)
    if misshapen:
        return  # or what has no shape would be missed by all that name it
    found = Manifests(tuple(placed))
    yield from (Verdict.read("rules", line) for line in references(found))
    yield from (Verdict.read("rules", line) for line in broken(found, rules))


def ours() -> list[str]:
    """The folders that the product applies to clusters."""
    folders = [REPOSITORY / "knative" / "base"]
    folders += sorted((REPOSITORY / "knative" / _OVERLAYS).iterdir())
    return [os.path.relpath(folder) for folder in folders]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.rules", description="Say what is wrong with manifests.")
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help="built first where it has a kustomization; - for stdin"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    return parser
