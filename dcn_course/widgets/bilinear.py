"""The figure of the chapter *Bilinear sampling*: drag a point over an image and read its value and slopes."""

from typing import Any

import numpy as np
import traitlets

from dcn_course.reference import bilinear_derivative, bilinear_sample

from ._traits import as_array, as_choice, as_coordinate
from .figure import Figure, assembled

REACH = 1.5
"""How far p may leave the image, in pixels: enough to see all of the fade to zero."""


class BilinearFigure(Figure):
    """Drag the sampling point p; see its cell, its weights as areas, its value and its two derivatives.

    Args:
        y: Row coordinate of p in pixels, a float in ``[-1.5, H + 0.5]``.
        x: Column coordinate of p in pixels, a float in ``[-1.5, W + 0.5]``.
        border: ``"zeros"`` (pixels outside are 0) or ``"project"`` (p is moved onto the image first).
        image: ``(H, W)`` array or nested list of finite numbers, 1 to 12 rows and columns.

    All four are traits: read them after p was moved, set them to move the figure, or ``observe`` them.
    When a new image is smaller, p moves to the nearest place that the figure still shows.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or not two-dimensional.

    Source: equations `bilinear-cell`, `bilinear-weights`, `bilinear-value`, `bilinear-derivative-y`,
    `bilinear-derivative-x`, `border-zeros` and `projection`. The ES module computes them in the browser;
    a test compares it with `dcn_course.reference`.
    """

    figure = "bilinear"
    _esm = assembled("bilinear.js")
    _css = assembled("bilinear.css")

    # The validators below do the checking: they name the argument more plainly than traitlets' types.
    y = traitlets.Any(0.65).tag(sync=True, figure=True)
    x = traitlets.Any(1.3).tag(sync=True, figure=True)
    border = traitlets.Any("zeros").tag(sync=True, figure=True)
    image = traitlets.Any().tag(sync=True, figure=True)

    @traitlets.default("image")
    def _default_image(self) -> list[list[float]]:
        return [[1.0, 3.0, 7.0, 2.0], [0.0, 5.0, 9.0, 4.0], [6.0, 8.0, 2.0, 1.0]]

    @traitlets.validate("image")
    def _check_image(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("image", proposal["value"], None, None)

    def _rows(self) -> list[list[float]]:
        # At construction all arguments come at once, so the image may be unchecked yet.
        return as_array("image", self.image, None, None)

    @traitlets.validate("border")
    def _check_border(self, proposal: dict[str, Any]) -> str:
        return as_choice("border", proposal["value"])

    @traitlets.validate("y")
    def _check_y(self, proposal: dict[str, Any]) -> float:
        return as_coordinate("y", proposal["value"], len(self._rows()), REACH)

    @traitlets.validate("x")
    def _check_x(self, proposal: dict[str, Any]) -> float:
        return as_coordinate("x", proposal["value"], len(self._rows()[0]), REACH)

    @traitlets.observe("image")
    def _stay_in_view(self, change: dict[str, Any]) -> None:
        height, width = np.shape(change["new"])
        self.y = min(self.y, height - 1 + REACH)
        self.x = min(self.x, width - 1 + REACH)

    def describe(self) -> str:
        """Return the sampled value and the two derivatives as a sentence."""
        image = np.array(self.image)
        value, sample = bilinear_sample(image, self.y, self.x, self.border)
        down, right = bilinear_derivative(image, sample)
        return (
            f"Bilinear sampling at p = ({self.y:.2f}, {self.x:.2f}) with border {self.border!r}: "
            f"X(p) = {value:.4f}, ∂X/∂y = {down:.4f}, ∂X/∂x = {right:.4f}."
        )
