"""A problem that a checker found in a manifest."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A problem of one resource. `checker` is `shape` (our models), `knative` (Knative's own code) or `rules`."""

    checker: str
    file: str
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.resource}: {self.message} ({self.checker})"

    @classmethod
    def parse(cls, checker: str, line: str) -> "Problem":
        """Return the problem in a line of the form "FILE: KIND NAME: field: what is wrong; what to do"."""
        file, resource, message = (*line.split(": ", 2), "", "")[:3]
        return cls(checker, file, resource, message)
