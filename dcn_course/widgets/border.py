"""The figure of the chapter *At the border*: drag a point out of an image and compare both rules."""

from typing import Any

import numpy as np
import traitlets

from dcn_course.reference import bilinear_derivative, bilinear_sample

from ._traits import BORDERS, as_array, as_choice, as_coordinate
from .figure import Figure, assembled

REACH = 2
"""How far p may leave the image, in pixels: to where both rules have become constant."""


class BorderFigure(Figure):
    """Drag a point out of the image; compare value and slopes of ``zeros`` and ``project``, as curves too.

    Args:
        y: Row coordinate of p in pixels, a float in ``[-2, H + 1]``.
        x: Column coordinate of p in pixels, a float in ``[-2, W + 1]``.
        along: ``"y"`` or ``"x"``, the axis along which the curves run through p.
        image: ``(H, W)`` array of finite numbers, 1 to 12 rows and columns.

    All four are traits: read them after p was moved, set them to move the figure, or ``observe`` them.
    When a new image is smaller, p moves to the nearest place that the figure still shows.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or not two-dimensional.

    Source: equations border-zeros, projection and projection-derivative. The ES module computes them in
    the browser; a test compares it with ``dcn_course.reference``.
    """

    figure = "border"
    _esm = assembled("border.js")
    _css = assembled("border.css")

    y = traitlets.Any(1.2).tag(sync=True, figure=True)
    x = traitlets.Any(3.4).tag(sync=True, figure=True)
    along = traitlets.Any("x").tag(sync=True, figure=True)
    image = traitlets.Any().tag(sync=True, figure=True)

    @traitlets.default("image")
    def _default_image(self) -> list[list[float]]:
        return [[2.0, 4.0, 1.0, 3.0], [5.0, 1.0, 4.0, 6.0], [3.0, 6.0, 2.0, 4.0]]

    @traitlets.validate("image")
    def _check_image(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("image", proposal["value"], None, None)

    @traitlets.validate("along")
    def _check_along(self, proposal: dict[str, Any]) -> str:
        return as_choice("along", proposal["value"], ("y", "x"))

    @traitlets.validate("y")
    def _check_y(self, proposal: dict[str, Any]) -> float:
        return as_coordinate("y", proposal["value"], self._shape()[0], REACH)

    @traitlets.validate("x")
    def _check_x(self, proposal: dict[str, Any]) -> float:
        return as_coordinate("x", proposal["value"], self._shape()[1], REACH)

    def _shape(self) -> tuple[int, ...]:
        # At construction all arguments come at once, so the image may be unchecked yet.
        return np.shape(as_array("image", self.image, None, None))

    @traitlets.observe("image")
    def _stay_in_view(self, change: dict[str, Any]) -> None:
        height, width = self._shape()
        self.y = min(self.y, height - 1 + REACH)
        self.x = min(self.x, width - 1 + REACH)

    def describe(self) -> str:
        """Return value and slopes under both rules as a sentence."""
        image, readings = np.array(self.image), []
        for border in BORDERS:
            value, sample = bilinear_sample(image, self.y, self.x, border)
            down, right = bilinear_derivative(image, sample)
            readings.append(f"with {border} X(p) = {value:.4f}, ∂X/∂y = {down:.4f}, ∂X/∂x = {right:.4f}")
        return f"Two border rules at p = ({self.y:.2f}, {self.x:.2f}): {'; '.join(readings)}."
