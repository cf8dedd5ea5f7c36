"""The figure of the chapter *Checking gradients*: a central difference whose step crosses a kink."""

from typing import Any

import numpy as np
import traitlets

from dcn_course.reference import bilinear_derivative, bilinear_sample, numerical_jacobian

from ._traits import as_array, as_number
from .figure import Figure, assembled

SMALLEST, LARGEST = 0.001, 1.0
"""The step, in pixels; p keeps the largest one away from the ends of the row."""
SHORTEST = 4


class KinkFigure(Figure):
    """Move a point along a row of pixels and change the step: see what a central difference makes of a kink.

    Args:
        p: Place of the point in pixels, a float in ``[1, W - 2]``.
        eps: ε, the step of the central difference in pixels, a float in [0.001, 1].
        row: Values of the W pixels, 4 to 12 finite numbers.

    All three are traits: read them after p was moved, set them to move the figure, or ``observe`` them.
    When a new row is shorter, p moves to the nearest place that the figure still shows.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or not one-dimensional.

    Source: equation central-difference. The ES module computes it in the browser; a test compares it with
    ``dcn_course.reference``.
    """

    figure = "kink"
    _esm = assembled("kink.js")
    _css = assembled("kink.css")

    p = traitlets.Any(1.8).tag(sync=True, figure=True)
    eps = traitlets.Any(0.5).tag(sync=True, figure=True)
    row = traitlets.Any((2.0, 3.0, 7.0, 4.0, 5.0, 1.0)).tag(sync=True, figure=True)

    @traitlets.validate("row")
    def _check_row(self, proposal: dict[str, Any]) -> list[float]:
        return _as_row(proposal["value"])

    @traitlets.validate("eps")
    def _check_eps(self, proposal: dict[str, Any]) -> float:
        return as_number("eps", proposal["value"], SMALLEST, LARGEST)

    @traitlets.validate("p")
    def _check_p(self, proposal: dict[str, Any]) -> float:
        # At construction all arguments come at once, so the row may be unchecked yet.
        size = len(_as_row(self.row))
        return as_number(
            "p", proposal["value"], LARGEST, size - 1 - LARGEST, f" as the row has {size} pixels"
        )

    @traitlets.observe("row")
    def _stay_in_view(self, change: dict[str, Any]) -> None:
        self.p = min(self.p, len(self.row) - 1 - LARGEST)

    def describe(self) -> str:
        """Return the central difference and the slope as a sentence."""
        image = np.array([self.row])
        difference = numerical_jacobian(
            lambda x: bilinear_sample(image, 0.0, x[0])[0], np.array([self.p]), self.eps
        )[0, 0]
        _, slope = bilinear_derivative(image, bilinear_sample(image, 0.0, self.p)[1])
        row = ", ".join(f"{value:g}" for value in self.row)
        return (
            f"A central difference at p = {self.p:.2f} with the step {self.eps:.3g} along the pixels {row}: "
            f"it gives {difference:.4f}, the slope is {slope:.4f}."
        )


def _as_row(value: Any) -> list[float]:
    row = as_array("row", value, None)
    if len(row) < SHORTEST:
        raise ValueError(f"row must have at least {SHORTEST} pixels, got {len(row)}")
    return row
