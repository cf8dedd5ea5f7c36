"""Exercise 03: the error of the central difference against its step."""

import numpy as np

from dcn_course.reference import numerical_jacobian

from ..svg import Canvas, Drawing

_X, _DECADES = 1.3, (-16, 0)  # the point; powers of ten on both axes
_WIDTH, _HEIGHT, _LEFT, _TOP = 420, 260, 60, 16


def draw() -> Drawing:
    """Draw the V of a cube's central difference."""
    canvas = Canvas(_WIDTH + _LEFT + 20, _HEIGHT + _TOP + 50)
    canvas.rectangle(_LEFT, _TOP, _WIDTH, _HEIGHT, "none", line="line")
    for power in range(_DECADES[0], _DECADES[1] + 1, 4):
        at = _on_page(10.0**power, 10.0**power)
        canvas.text(at[0], _TOP + _HEIGHT + 18, f"1e{power}" if power else "1", "quiet", 12)
        canvas.text(_LEFT - 6, at[1] + 4, f"1e{power}" if power else "1", "quiet", 12, "end")
    canvas.text(_LEFT + _WIDTH / 2, _TOP + _HEIGHT + 38, "step ε")
    canvas.text(_LEFT + 8, _TOP + 18, "relative error", anchor="start")
    u, F, M = 2.0**-53, _X**3, 6.0
    best = (3 * u * F / M) ** (1 / 3)
    steps = 2.0 ** -np.arange(1, 51)
    bound = (M / 6 * steps**2 + u * F / steps) / (3 * _X**2)
    canvas.path([_on_page(e, b) for e, b in zip(steps, bound, strict=True) if b < 1], "quiet", 1)
    low, high = (_on_page(best, 10.0**power) for power in _DECADES)
    for part in np.arange(0, 1, 0.05):  # dashes
        ends = [(low[0], low[1] + (high[1] - low[1]) * p) for p in (part, part + 0.025)]
        canvas.path(ends, "green", 1.5)
    for step in steps:
        # x * x * x and not x**3: the same digits on every machine.
        slope = numerical_jacobian(lambda x: x * x * x, np.array([_X]), float(step))[0, 0]
        error = abs(slope / (3 * _X * _X) - 1)
        if 10.0 ** _DECADES[0] < error < 1:
            canvas.circle(*_on_page(step, error), 3, "orange")
    return canvas.drawing(
        "The relative error of the central difference of a cube against its step, both on logarithmic "
        "axes. The "
        "dots form a V: from the right the error falls with the square of the step until about 1e-5, where "
        "a dashed "
        "line marks the best step; to the left of it it grows again, irregularly, under the bound drawn as "
        "a line."
    )


def _on_page(step: float, error: float) -> tuple[float, float]:
    first, last = _DECADES
    right = (np.log10(step) - first) / (last - first)
    up = (np.log10(error) - first) / (last - first)
    return float(_LEFT + _WIDTH * right), float(_TOP + _HEIGHT * (1 - up))
