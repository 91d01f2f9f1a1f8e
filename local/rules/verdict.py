"""One thing that is wrong with a manifest, and who says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`judge` is `shape` (our strict models), `knative` (its own code) or `rules`."""

    judge: str
    file: str
    resource: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.resource}: {self.problem} ({self.judge})"

    @classmethod
    def read(cls, judge: str, line: str) -> "Verdict":
        """From a line "FILE: KIND NAME: field: what is wrong; what to do"."""
        file, resource, problem = (*line.split(": ", 2), "", "")[:3]
        return cls(judge, file, resource, problem)
