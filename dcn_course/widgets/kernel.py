"""The figure of the chapter *Deformable convolution*: drag the taps of a kernel and read its column of A."""

from typing import Any

import numpy as np
import traitlets

from dcn_course.reference import deform_conv2d, deform_im2col

from ._traits import as_array, as_choice, as_coordinate, as_index_pair
from .figure import Figure, assembled

REACH = 1.5
"""How far a tap may leave the image, in pixels."""
SIDE = 3
TAPS = SIDE * SIDE


class KernelFigure(Figure):
    """Drag the nine taps of a 3×3 kernel; see what they read, the column of A, and the output.

    Args:
        offset: ``(9, 2)`` array, Δp as (y, x) of each tap, in pixels. A tap may be 1.5 pixels outside.
        border: ``"zeros"`` or ``"project"``.
        point: Output point (row, column), two integers in ``[0, H - 3]`` and ``[0, W - 3]``.
        weight: ``(3, 3)`` array, the kernel.
        image: ``(H, W)`` array of finite numbers, 3 to 12 rows and columns.

    Stride and dilation are 1, padding is 0, there is one input map and one output map. All five are traits:
    read them after a tap was moved, set them to move the figure, or ``observe`` them.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or of another shape.

    Source: equations sampling-position, deformable-columns and deformable-convolution. The ES module
    computes them in the browser; a test compares it with ``dcn_course.reference``.
    """

    figure = "kernel"
    _esm = assembled("kernel.js")
    _css = assembled("kernel.css")

    offset = traitlets.Any().tag(sync=True, figure=True)
    border = traitlets.Any("zeros").tag(sync=True, figure=True)
    point = traitlets.Any((1, 1)).tag(sync=True, figure=True)
    weight = traitlets.Any().tag(sync=True, figure=True)
    image = traitlets.Any().tag(sync=True, figure=True)

    @traitlets.default("offset")
    def _default_offset(self) -> list[list[float]]:
        # The taps lean along the bright stroke of the image.
        return [[0.0, 0.6], [0.0, 0.6], [0.0, 0.6], *[[0.0, 0.0]] * 3, [0.2, -0.6], [0.2, -0.6], [0.2, -0.6]]

    @traitlets.default("weight")
    def _default_weight(self) -> list[list[float]]:
        return [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]

    @traitlets.default("image")
    def _default_image(self) -> list[list[float]]:
        rows = ("121492", "213951", "128612", "278211", "693121")
        return [[float(digit) for digit in row] for row in rows]

    @traitlets.validate("image")
    def _check_image(self, proposal: dict[str, Any]) -> list[list[float]]:
        return _as_image(proposal["value"])

    @traitlets.validate("weight")
    def _check_weight(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("weight", proposal["value"], SIDE, SIDE)

    @traitlets.validate("border")
    def _check_border(self, proposal: dict[str, Any]) -> str:
        return as_choice("border", proposal["value"])

    @traitlets.validate("point")
    def _check_point(self, proposal: dict[str, Any]) -> list[int]:
        return self._as_point(proposal["value"])

    @traitlets.validate("offset")
    def _check_offset(self, proposal: dict[str, Any]) -> list[list[float]]:
        offset = as_array("offset", proposal["value"], TAPS, 2)
        shape = np.shape(_as_image(self.image))
        start = self._as_point(self.point)
        for k, pair in enumerate(offset):
            for axis, size in enumerate(shape):
                place = start[axis] + divmod(k, SIDE)[axis] + pair[axis]
                as_coordinate(f"offset: place {'yx'[axis]} of tap {k}", place, size, REACH)
        return offset

    def _as_point(self, value: Any) -> list[int]:
        # At construction all arguments come at once, so the image may be unchecked yet.
        shape = np.shape(_as_image(self.image))
        return as_index_pair("point", value, [size - SIDE for size in shape])

    @traitlets.observe("image", "point")
    def _stay_in_view(self, change: dict[str, Any]) -> None:
        shape = np.array(np.shape(self.image))
        self.point = np.minimum(self.point, shape - SIDE).tolist()
        home = np.add(self.point, [divmod(k, SIDE) for k in range(TAPS)])
        self.offset = (np.clip(home + self.offset, -REACH, shape - 1 + REACH) - home).tolist()

    def describe(self) -> str:
        """Return the column and the output as a sentence."""
        image, weight = np.array(self.image)[None, None], np.array(self.weight)[None, None]
        oy, ox = self.point
        offset = np.zeros((1, 2 * TAPS, image.shape[2] - SIDE + 1, image.shape[3] - SIDE + 1))
        offset[0, :, oy, ox] = np.ravel(self.offset)
        columns = deform_im2col(image, offset, SIDE, border=self.border).columns
        column = columns[0, :, oy * offset.shape[3] + ox]
        output = deform_conv2d(image, offset, weight, border=self.border)[0, 0, oy, ox]
        numbers = ", ".join(f"{value:.3f}" for value in column)
        return (
            f"A deformed 3×3 kernel at the output point ({oy}, {ox}) with border {self.border!r}: "
            f"its taps read the column {numbers}; the output is {output:.3f}."
        )


def _as_image(value: Any) -> list[list[float]]:
    image = as_array("image", value, None, None)
    if min(np.shape(image)) < SIDE:
        raise ValueError(f"image must have at least {SIDE} rows and columns, got shape {np.shape(image)}")
    return image
