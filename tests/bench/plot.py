"""Numbers over time as an SVG, drawn by hand: steps, axes, a legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

#: Points of a line that keeps each value until the next: seconds, value.
Steps = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 900, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 20, 50, 40
_COLOURS = ("#1f4e9c", "#e07b00", "#7f9fd6", "#f2b46d")


@dataclass(frozen=True)
class Line:
    name: str
    steps: Steps
    dashed: bool = False


def write(file: Path, title: str, unit: str, lines: Sequence[Line]) -> None:
    """Draw `lines` over the seconds that they have in common."""
    last = max(at for line in lines for at, _ in line.steps)
    most = max(value for line in lines for _, value in line.steps)
    frame = _Frame(max(1.0, last), max(1.0, most))
    parts = [*_axes(frame, title, unit), *_drawn(frame, lines)]
    size, font = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"', 'font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>'
    file.write_text("\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"]), "utf-8")


@dataclass(frozen=True)
class _Frame:
    """The plane from zero to `last` seconds and to `most`."""

    last: float
    most: float

    def x(self, at: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at / self.last, 1)

    def y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / self.most, 1)


def _axes(frame: _Frame, title: str, unit: str) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="20" font-size="15">{escape(title)}</text>'
    left, right, floor = _LEFT, _WIDTH - _RIGHT, frame.y(0)
    for value in range(0, int(frame.most) + 1, _pace(frame.most)):
        y = frame.y(value)
        yield f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#dddddd"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{value}</text>'
    for second in range(0, int(frame.last) + 1, _pace(frame.last)):
        yield f'<text x="{frame.x(second)}" y="{floor + 18}" text-anchor="middle">{second}</text>'
    yield f'<line x1="{left}" y1="{floor}" x2="{right}" y2="{floor}" stroke="black"/>'
    yield f'<text x="{right}" y="{floor + 34}" text-anchor="end">seconds</text>'
    yield f'<text x="{left - 40}" y="{_TOP - 10}">{escape(unit)}</text>'


def _pace(most: float) -> int:
    """The distance of two labels: at most ten of them."""
    return next(pace for pace in (1, 2, 5, 10, 20, 50, 100, 1000, 10**9) if most / pace <= 10)  # ten


def _drawn(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    for number, (line, colour) in enumerate(zip(lines, _COLOURS, strict=False)):
        style = f'fill="none" stroke="{colour}" stroke-width="2"{_dashes(line)}'
        yield f'<polyline {style} points="{_points(frame, line.steps)}"/>'
        x, y = _LEFT + 215 * number, 38
        yield f'<line x1="{x}" y1="{y - 4}" x2="{x + 30}" y2="{y - 4}" {style}/>'
        yield f'<text x="{x + 36}" y="{y}">{escape(line.name)}</text>'


def _dashes(line: Line) -> str:
    return ' stroke-dasharray="6 4"' if line.dashed else ""


def _points(frame: _Frame, steps: Steps) -> str:
    """A corner before every step."""
    corners = [steps[0]]
    for at, value in steps[1:]:
        corners += [(at, corners[-1][1]), (at, value)]
    return " ".join(f"{frame.x(at)},{frame.y(value)}" for at, value in corners)
