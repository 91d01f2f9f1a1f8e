"""The verbs in `pagebus --help`: in sections, in the order in which people need them."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup

_SECTIONS = {
    "Start and stop": ("doctor", "up", "down", "env"),
    "Read documents": ("submit", "status", "text"),
    "Look closer": ("watch", "trace", "dead-letters", "eval"),
}
_REST = "More"


class InSections(TyperGroup):
    """A group of commands; those that no section names come last."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the library's signature
        return [name for _, names in self._sections() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A list per section, all with the same columns."""
        widest = max(map(len, self.commands))
        for title, names in self._sections():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), self._told(ctx, name, formatter.width)) for name in names])

    def _sections(self) -> Iterator[tuple[str, list[str]]]:
        named = {name for names in _SECTIONS.values() for name in names}
        sections = {**_SECTIONS, _REST: tuple(name for name in self.commands if name not in named)}
        for title, names in sections.items():
            if there := [name for name in names if name in self.commands]:
                yield title, there

    def _told(self, ctx: Any, name: str, width: int) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(width - max(map(len, self.commands)) - 6) if command else ""
