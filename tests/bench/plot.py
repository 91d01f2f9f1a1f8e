"""Draw numbers over time as an SVG file with steps, axes and a legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

#: Pairs of seconds and value. Each value holds until the next pair.
Steps = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 900, 360
_MAX_LABELS = 10
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 20, 50, 40
_COLOURS = ("#1f4e9c", "#e07b00", "#7f9fd6", "#f2b46d")


@dataclass(frozen=True)
class Line:
    name: str
    steps: Steps
    dashed: bool = False


def write_plot(file: Path, title: str, unit: str, lines: Sequence[Line]) -> None:
    """Write an SVG file with these lines on a common time axis. The value axis starts at zero."""
    last = max(at for line in lines for at, _ in line.steps)
    largest = max(value for line in lines for _, value in line.steps)
    frame = _Frame(max(1.0, last), max(1.0, largest))
    parts = [*_draw_axes(frame, title, unit), *_draw_lines(frame, lines)]
    size, font = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"', 'font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>'
    file.write_text("\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"]), "utf-8")


@dataclass(frozen=True)
class _Frame:
    """The coordinates of the plot, from zero to `last` seconds and to the value `largest`."""

    last: float
    largest: float

    def to_x(self, at: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at / self.last, 1)

    def to_y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / self.largest, 1)


def _draw_axes(frame: _Frame, title: str, unit: str) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="20" font-size="15">{escape(title)}</text>'
    left, right, floor = _LEFT, _WIDTH - _RIGHT, frame.to_y(0)
    for value in range(0, int(frame.largest) + 1, _choose_interval(frame.largest)):
        y = frame.to_y(value)
        yield f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#dddddd"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{value}</text>'
    for second in range(0, int(frame.last) + 1, _choose_interval(frame.last)):
        yield f'<text x="{frame.to_x(second)}" y="{floor + 18}" text-anchor="middle">{second}</text>'
    yield f'<line x1="{left}" y1="{floor}" x2="{right}" y2="{floor}" stroke="black"/>'
    yield f'<text x="{right}" y="{floor + 34}" text-anchor="end">seconds</text>'
    yield f'<text x="{left - 40}" y="{_TOP - 10}">{escape(unit)}</text>'


def _choose_interval(largest: float) -> int:
    """Return the distance between two labels, so that there are at most ten."""
    return next(interval for interval in (1, 2, 5, 10, 20, 50, 100, 1000, 10**9) if largest / interval <= _MAX_LABELS)


def _draw_lines(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    for number, (line, colour) in enumerate(zip(lines, _COLOURS, strict=False)):
        style = f'fill="none" stroke="{colour}" stroke-width="2"{_get_dash_style(line)}'
        yield f'<polyline {style} points="{_format_points(frame, line.steps)}"/>'
        x, y = _LEFT + 215 * number, 38
        yield f'<line x1="{x}" y1="{y - 4}" x2="{x + 30}" y2="{y - 4}" {style}/>'
        yield f'<text x="{x + 36}" y="{y}">{escape(line.name)}</text>'


def _get_dash_style(line: Line) -> str:
    return ' stroke-dasharray="6 4"' if line.dashed else ""


def _format_points(frame: _Frame, steps: Steps) -> str:
    """Return the points of a polyline, with a corner before every step."""
    corners = [steps[0]]
    for at, value in steps[1:]:
        corners += [(at, corners[-1][1]), (at, value)]
    return " ".join(f"{frame.to_x(at)},{frame.to_y(value)}" for at, value in corners)
