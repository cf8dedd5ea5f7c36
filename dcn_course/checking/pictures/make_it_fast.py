"""Exercise 15: how many steps Python makes."""

import math

from ..svg import Canvas, Drawing

_SIZE, _TAPS = 24, 3


def draw() -> Drawing:
    """Draw the number of steps that Python itself makes, on a scale of powers of ten."""
    points = (_SIZE + 3 - _TAPS) ** 2
    counts = {"loop": 4 * _TAPS**2 * points, "vectorised": 4, "compiled": 1}
    canvas, left, top, step = Canvas(560, 190), 110, 30, 85
    for power in range(5):
        x = left + step * power
        canvas.path([(x, top - 8), (x, top + 120)], "line")
        canvas.text(x, top + 140, f"{10**power:,}", "quiet", 12)
    for place, (name, count) in enumerate(counts.items()):
        y = top + 40 * place
        canvas.text(left - 12, y + 17, name, anchor="end")
        width = max(step * math.log10(count), 4)
        canvas.rectangle(left, y, round(width, 1), 24, ("orange", "blue", "green")[place])
        canvas.text(left + width + 8, y + 17, f"{count:,}", anchor="start")
    return canvas.drawing(
        "Three bars, the steps that Python makes: "
        + ", ".join(f"{name} {count:,}" for name, count in counts.items())
        + "; a scale of powers of ten."
    )
