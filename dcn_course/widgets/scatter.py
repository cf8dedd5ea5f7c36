"""The figure of the chapter *The gradient of the input*: one δ flows back through four taps to the pixels."""

from typing import Any

import numpy as np
import traitlets

from dcn_course.reference import bilinear_grad_image, locate

from ._traits import LARGEST, as_array, as_choice, as_coordinate, as_index, as_index_pair, as_number
from .figure import Figure, assembled

REACH = 1.4
"""How far a tap may leave the image, in pixels."""
SIDE = 2
TAPS = SIDE * SIDE
STEEPEST = 2.0
"""Largest |δ|."""


class ScatterFigure(Figure):
    """Drag the four taps of a 2×2 kernel; see where one δ goes, and the sums where shares meet.

    Args:
        taps: ``(4, 2)`` array, the positions (y, x) where the taps have read, in pixels; at most 1.4 outside.
        delta: δ of the one output, in [-2, 2].
        sent: How many of the taps, in their order, have sent their share back, an integer from 0 to 4.
        border: ``"zeros"`` or ``"project"``.
        weight: ``(2, 2)`` array, the kernel.
        size: Rows and columns of the image, two integers from 1 to 12.

    All six are traits: read them after a tap was moved, set them to move the figure, or ``observe`` them.
    When a new size is smaller, the taps move to the nearest place that the figure still shows.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or of another shape.

    Source: equations gradient-columns and scatter. The ES module computes them in the browser; a test
    compares it with ``dcn_course.reference``.
    """

    figure = "scatter"
    _esm = assembled("scatter.js")
    _css = assembled("scatter.css")

    taps = traitlets.Any(((0.4, 0.7), (0.5, 1.25), (1.3, 1.6), (1.6, 3.4))).tag(sync=True, figure=True)
    delta = traitlets.Any(1.0).tag(sync=True, figure=True)
    sent = traitlets.Any(TAPS).tag(sync=True, figure=True)
    border = traitlets.Any("zeros").tag(sync=True, figure=True)
    weight = traitlets.Any(((1.0, 2.0), (-1.0, 1.0))).tag(sync=True, figure=True)
    size = traitlets.Any((3, 4)).tag(sync=True, figure=True)

    @traitlets.validate("size")
    def _check_size(self, proposal: dict[str, Any]) -> list[int]:
        return _as_size(proposal["value"])

    @traitlets.validate("weight")
    def _check_weight(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("weight", proposal["value"], SIDE, SIDE)

    @traitlets.validate("border")
    def _check_border(self, proposal: dict[str, Any]) -> str:
        return as_choice("border", proposal["value"])

    @traitlets.validate("delta")
    def _check_delta(self, proposal: dict[str, Any]) -> float:
        return as_number("delta", proposal["value"], -STEEPEST, STEEPEST)

    @traitlets.validate("sent")
    def _check_sent(self, proposal: dict[str, Any]) -> int:
        return as_index("sent", proposal["value"], TAPS)

    @traitlets.validate("taps")
    def _check_taps(self, proposal: dict[str, Any]) -> list[list[float]]:
        taps = as_array("taps", proposal["value"], TAPS, 2)
        # At construction all arguments come at once, so the size may be unchecked yet.
        sizes = _as_size(self.size)
        for k, tap in enumerate(taps):
            for axis, place, size in zip("yx", tap, sizes, strict=True):
                as_coordinate(f"taps: {axis} of tap {k}", place, size, REACH)
        return taps

    @traitlets.observe("size")
    def _stay_in_view(self, change: dict[str, Any]) -> None:
        self.taps = np.minimum(self.taps, np.array(self.size) - 1 + REACH).tolist()

    def describe(self) -> str:
        """Return what the pixels receive as a sentence."""
        height, width = self.size
        grad_image = np.zeros((height, width))
        for (y, x), factor in list(zip(self.taps, np.ravel(self.weight), strict=True))[: self.sent]:
            bilinear_grad_image(grad_image, locate(y, x, height, width, self.border), factor * self.delta)
        rows = "; ".join(", ".join(f"{value:.3f}" for value in row) for row in grad_image)
        return (
            f"δ = {self.delta:.1f} sent back by {self.sent} of {TAPS} taps with border {self.border!r}: "
            f"the pixels receive, row by row, {rows}."
        )


def _as_size(value: Any) -> list[int]:
    size = as_index_pair("size", value, [LARGEST, LARGEST])
    if min(size) < 1:
        raise ValueError(f"size must be at least 1 by 1 pixels, got {value!r}")
    return size
