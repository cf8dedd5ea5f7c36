"""The figure of the four central equations: each term, and the pixels, taps and code that it stands for."""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import traitlets

from dcn_course.reference import bilinear, convolution, deform_conv2d_backward, deform_im2col, deformable

from ._traits import as_array, as_choice, as_coordinate, as_index, as_index_pair
from .figure import Figure, assembled

REACH = 1.2
"""How far a tap may leave the image, in pixels."""
SIDE = 2
TAPS = SIDE * SIDE
LARGEST_IMAGE = 5
EQUATIONS = ("value", "kernel", "input", "offset")


class Statement(NamedTuple):
    """`count` statements of the reference that implement an equation, from its `turn`-th comment on."""

    function: Callable[..., Any]
    label: str
    turn: int = 0
    length: int = 1

    def text(self) -> str:
        """Return the lines as they stand in the package, without their indent."""
        source = inspect.getsource(self.function)
        lines = source.splitlines()
        marks = [i for i, line in enumerate(lines, 1) if line.split() == ["#", "eq:", self.label]]
        statements = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno > marks[self.turn]
        ]
        chosen = sorted(statements, key=lambda node: node.lineno)[: self.length]
        return inspect.cleandoc("\n" + "\n".join(lines[chosen[0].lineno - 1 : chosen[-1].end_lineno]))


# Each equation's statements, and the pieces of them that each of its terms lights up. In `kernel` each term
# is one output point, and the product of matrices sums over all of them at once.
CODE: dict[str, tuple[tuple[Statement, ...], tuple[tuple[str, ...], ...]]] = {
    "value": (
        (Statement(bilinear.bilinear_value, "bilinear-value"),),
        (
            ("w0 * w1 * pixel(image, ay, ax)",),
            ("w1 * w2 * pixel(image, ay + 1, ax)",),
            ("w2 * w3 * pixel(image, ay + 1, ax + 1)",),
            ("w3 * w0 * pixel(image, ay, ax + 1)",),
        ),
    ),
    "kernel": (
        (
            Statement(deformable.deform_im2col, "deformable-columns"),
            Statement(convolution.matmul_grad_weight, "gradient-weight"),
        ),
        (("bilinear_value(input[n, c1], sample)", "δ[n, g] @ A[n, g].T"),),
    ),
    "input": (
        (Statement(bilinear.bilinear_grad_image, "scatter", length=4),),
        (
            ("add_to_pixel(grad_image, ay, ax, grad_value * w0 * w1)",),
            ("add_to_pixel(grad_image, ay + 1, ax, grad_value * w1 * w2)",),
            ("add_to_pixel(grad_image, ay + 1, ax + 1, grad_value * w2 * w3)",),
            ("add_to_pixel(grad_image, ay, ax + 1, grad_value * w3 * w0)",),
        ),
    ),
    "offset": (
        (
            Statement(bilinear.bilinear_derivative, "bilinear-derivative-y"),
            Statement(bilinear.bilinear_derivative, "bilinear-derivative-x"),
            Statement(deformable.deform_conv2d_grad_offset, "gradient-offset"),
            Statement(deformable.deform_conv2d_grad_offset, "gradient-offset", turn=1),
        ),
        (
            *(
                (piece, "* dX_dy")
                for piece in ("-w1 * X_a", "+ w1 * X_down", "+ w3 * X_diagonal", "- w3 * X_right")
            ),
            *(
                (piece, "* dX_dx")
                for piece in ("-w0 * X_a", "- w2 * X_down", "+ w2 * X_diagonal", "+ w0 * X_right")
            ),
        ),
    ),
}


@cache
def code_of(equation: str) -> dict[str, Any]:
    """Return the code of an equation, and for each of its terms the pieces of it as (start, end)."""
    statements, terms = CODE[equation]
    text = "\n".join(statement.text() for statement in statements)
    starts = [[(text.index(piece), len(piece)) for piece in pieces] for pieces in terms]
    return {"text": text, "spans": [[[at, at + size] for at, size in pieces] for pieces in starts]}


class TermsFigure(Figure):
    """Point at a term of an equation; see the pixels, the taps and the line of code that it stands for.

    Args:
        equation: ``"value"`` (bilinear-value), ``"kernel"`` (gradient-weight-deformable), ``"input"``
            (scatter) or ``"offset"`` (gradient-offset).
        term: The term that is lit, an integer from 0, or -1 for none.
        tap: Tap k of the 2×2 kernel, an integer from 0 to 3.
        point: Output point (row, column), two integers in ``[0, H - 2]`` and ``[0, W - 2]``.
        offset: ``(4 * (H - 1) * (W - 1), 2)`` array, Δp as (y, x) in pixels: the taps of the first output
            point, then those of the next. A tap may be 1.2 pixels outside.
        weight: ``(2, 2)`` array, the kernel.
        delta: ``(H - 1, W - 1)`` array, δ.
        border: ``"zeros"`` or ``"project"``.
        image: ``(H, W)`` array of finite numbers, 2 to 5 rows and columns; offset and delta must fit it.

    Stride and dilation are 1, padding is 0, there is one input map and one output map, and no mask. All nine
    are traits: read them after the reader did something, set them, or ``observe`` them. The image cannot be
    changed later. ``code`` holds the lines of the reference that are shown.

    Raises:
        TypeError: If an argument is not of the kind above.
        ValueError: If an argument is out of range, not finite or of another shape.

    Source: equations bilinear-value, gradient-weight, gradient-columns, scatter and gradient-offset. The ES
    module computes them in the browser; a test compares it with ``dcn_course.reference``.
    """

    figure = "terms"
    _esm = assembled("terms.js")
    _css = assembled("terms.css")

    equation = traitlets.Any("value").tag(sync=True, figure=True)
    term = traitlets.Any(-1).tag(sync=True, figure=True)
    tap = traitlets.Any(1).tag(sync=True, figure=True)
    point = traitlets.Any((1, 1)).tag(sync=True, figure=True)
    offset = traitlets.Any().tag(sync=True, figure=True)
    weight = traitlets.Any(((1.0, -2.0), (0.5, 3.0))).tag(sync=True, figure=True)
    delta = traitlets.Any().tag(sync=True, figure=True)
    border = traitlets.Any("zeros").tag(sync=True, figure=True)
    image = traitlets.Any(((1.0, 3.0, 7.0, 2.0), (0.0, 5.0, 9.0, 4.0), (6.0, 8.0, 2.0, 1.0))).tag(
        sync=True, figure=True
    )
    code = traitlets.Dict(read_only=True).tag(sync=True, figure=True)

    @traitlets.default("code")
    def _default_code(self) -> dict[str, Any]:
        return {name: code_of(name) for name in EQUATIONS}

    @traitlets.default("offset")
    def _default_offset(self) -> list[list[float]]:
        # Small, all different, none on a lattice line.
        count = TAPS * int(np.prod(self._output_size()))
        return [[(7 * i % 9 - 4.5) / 10, (5 * i % 8 - 3.5) / 10] for i in range(count)]

    @traitlets.default("delta")
    def _default_delta(self) -> list[list[float]]:
        rows, columns = self._output_size()
        return [[float((3 * y + 2 * x) % 5 - 2) or 0.5 for x in range(columns)] for y in range(rows)]

    @traitlets.validate("image")
    def _check_image(self, proposal: dict[str, Any]) -> list[list[float]]:
        return _as_image(proposal["value"])

    @traitlets.validate("equation")
    def _check_equation(self, proposal: dict[str, Any]) -> str:
        return as_choice("equation", proposal["value"], EQUATIONS)

    @traitlets.validate("term")
    def _check_term(self, proposal: dict[str, Any]) -> int:
        if proposal["value"] == -1:
            return -1
        return as_index("term", proposal["value"], self._terms() - 1)

    @traitlets.validate("tap")
    def _check_tap(self, proposal: dict[str, Any]) -> int:
        return as_index("tap", proposal["value"], TAPS - 1)

    @traitlets.validate("point")
    def _check_point(self, proposal: dict[str, Any]) -> list[int]:
        return as_index_pair("point", proposal["value"], [size - 1 for size in self._output_size()])

    @traitlets.validate("weight")
    def _check_weight(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("weight", proposal["value"], SIDE, SIDE)

    @traitlets.validate("delta")
    def _check_delta(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_array("delta", proposal["value"], *self._output_size())

    @traitlets.validate("border")
    def _check_border(self, proposal: dict[str, Any]) -> str:
        return as_choice("border", proposal["value"])

    @traitlets.validate("offset")
    def _check_offset(self, proposal: dict[str, Any]) -> list[list[float]]:
        rows, columns = self._output_size()
        offset = as_array("offset", proposal["value"], TAPS * rows * columns, 2)
        for i, pair in enumerate(offset):
            point, k = divmod(i, TAPS)
            for axis, size in enumerate((rows + 1, columns + 1)):
                place = divmod(point, columns)[axis] + divmod(k, SIDE)[axis] + pair[axis]
                name = f"offset: place {'yx'[axis]} of tap {k} at output point {divmod(point, columns)}"
                as_coordinate(name, place, size, REACH)
        return offset

    @traitlets.observe("equation")
    def _forget_term(self, change: dict[str, Any]) -> None:
        self.term = min(self.term, self._terms() - 1)

    def _output_size(self) -> tuple[int, int]:
        # At construction all arguments come at once, so the image may be unchecked yet.
        rows, columns = np.shape(_as_image(self.image))
        return rows - 1, columns - 1

    def _terms(self) -> int:
        equation = as_choice("equation", self.equation, EQUATIONS)
        return int(np.prod(self._output_size())) if equation == "kernel" else len(CODE[equation][1])

    def describe(self) -> str:
        """Return what the four equations give, as a sentence."""
        rows, columns = self._output_size()
        (oy, ox), k = self.point, self.tap
        X, K = np.array(self.image)[None, None], np.array(self.weight)[None, None]
        offset = np.reshape(self.offset, (rows, columns, 2 * TAPS)).transpose(2, 0, 1)[None]
        buffers = deform_im2col(X, offset, SIDE, border=self.border)
        value = buffers.columns[0, k, oy * columns + ox]
        back = deform_conv2d_backward(np.array(self.delta)[None, None], X, offset, K, border=self.border)
        dy, dx = back.offset[0, 2 * k : 2 * k + 2, oy, ox]
        return (
            f"Tap {k} at the output point ({oy}, {ox}) with border {self.border!r} reads {value:.3f}. "
            f"The gradient of its kernel entry is {back.weight[0, 0].ravel()[k]:.3f}, "
            f"it sends {K.ravel()[k] * self.delta[oy][ox]:.3f} back to its pixels, "
            f"and the gradient of its offset is ({dy:.3f}, {dx:.3f})."
        )


def _as_image(value: Any) -> list[list[float]]:
    image = as_array("image", value, None, None)
    if min(np.shape(image)) < SIDE or max(np.shape(image)) > LARGEST_IMAGE:
        raise ValueError(
            f"image must have {SIDE} to {LARGEST_IMAGE} rows and columns, got shape {np.shape(image)}"
        )
    return image
