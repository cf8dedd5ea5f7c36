"""Small drawings as SVG text, in the colours of the book's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# The light shades of the book's palette; a page of the book puts its own in their place.
COLOURS = {
    "paper": "#ffffff",
    "ink": "#24292f",
    "quiet": "#626a73",
    "line": "#c4cad1",
    "blue": "#0072b2",
    "orange": "#b84a00",
    "green": "#00795a",
    "purple": "#a3417f",
}


@dataclass(frozen=True)
class Drawing:
    """An SVG with its content in words; a notebook shows it."""

    svg: str
    alt: str

    def _repr_svg_(self) -> str:
        return self.svg


class Canvas:
    """Collects shapes in units of pixels on the page, y down."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.shapes: list[str] = []

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, opacity: float = 1, line: str = ""
    ) -> None:
        """Draw a rectangle; `fill` and `line` are colour names or "none"."""
        edge = f' stroke="{paint(line)}"' if line else ""
        self.shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{paint(fill)}"'
            f' fill-opacity="{opacity:.3g}"{edge}/>'
        )

    def squares(self, corners: Sequence[tuple[float, float]], side: float, fill: str, opacity: float) -> None:
        """Draw many squares of one size and colour, given by their upper left corners."""
        paths = "".join(f"M{x:g} {y:g}h{side:g}v{side:g}h-{side:g}" for x, y in corners)
        self.shapes.append(f'<path d="{paths}" fill="{paint(fill)}" fill-opacity="{opacity:.3g}"/>')

    def circle(self, x: float, y: float, radius: float, fill: str, line: str = "paper") -> None:
        """Draw a disc."""
        self.shapes.append(
            f'<circle cx="{x:.4g}" cy="{y:.4g}" r="{radius:g}" fill="{paint(fill)}" stroke="{paint(line)}"/>'
        )

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1) -> None:
        """Draw a polyline."""
        places = " ".join(f"{x:.4g},{y:.4g}" for x, y in points)
        self.shapes.append(
            f'<polyline points="{places}" fill="none" stroke="{paint(colour)}" stroke-width="{width:g}"/>'
        )

    def text(
        self, x: float, y: float, words: str, colour: str = "ink", size: float = 13, anchor: str = "middle"
    ) -> None:
        """Write; (x, y) is the middle, start or end of the base line."""
        self.shapes.append(
            f'<text x="{x:g}" y="{y:g}" fill="{paint(colour)}" font-size="{size:g}"'
            f' text-anchor="{anchor}">{escape(words)}</text>'
        )

    def drawing(self, alt: str) -> Drawing:
        """Close the drawing; `alt` says in words what it shows."""
        w, h = self.width, self.height
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}"'
            f' font-family="sans-serif" role="img" aria-label="{escape(alt)}">'
        )
        ground = f'<rect width="{w:g}" height="{h:g}" fill="{paint("paper")}"/>'  # for dark pages
        return Drawing("\n".join([head, ground, *self.shapes, "</svg>"]) + "\n", alt)


def paint(colour: str) -> str:
    """Return a colour of the palette as SVG has it, with the page's own shade before ours."""
    return colour if colour == "none" else f"var(--fig-{colour}, {COLOURS[colour]})"
