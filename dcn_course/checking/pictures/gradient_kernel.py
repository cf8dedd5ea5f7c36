"""Exercise 08: a row of the columns times δ is a tap's gradient."""

import numpy as np

from dcn_course.reference import deform_im2col

from ..svg import Canvas, Drawing

CELL, LEFT, TOP = 42, 70, 40


def draw() -> Drawing:
    """Draw δ, the columns of a small layer, their products and the sums."""
    image = np.array([[1.0, 2, 4, 3], [2, 5, 9, 6], [1, 4, 7, 8]])
    offset = np.random.default_rng(8).integers(-2, 3, (1, 8, 2, 3)) / 4
    A = deform_im2col(image[None, None], offset, 2).columns[0]
    δ = np.array([1.0, -1, 0.5, -0.5, 2, 1])
    table = np.concatenate([δ[None], A])
    products = np.concatenate([δ[None], A * δ])
    canvas = Canvas(2 * 6 * CELL + 2 * LEFT + 90, 6 * CELL + TOP + 30)
    right = LEFT + 6 * CELL + LEFT
    canvas.text(LEFT + 3 * CELL, 24, "δ, and the columns A")
    canvas.text(right + 3 * CELL, 24, "A times δ, and the sums")
    names = ["δ", "(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
    for (row, column), value in np.ndenumerate(table):
        y = TOP + (row + (row > 0) * 0.5) * CELL
        product = products[row, column]
        colour = "green" if product > 0 else "orange"
        for x, shown, fill in ((LEFT, value, "none"), (right, product, colour)):
            opacity = 0.6 * abs(product) / abs(products).max()
            canvas.rectangle(x + column * CELL, y, CELL, CELL, fill, opacity, "line")
            canvas.text(x + (column + 0.5) * CELL, y + 0.62 * CELL, f"{shown:.3g}".replace("-", "−"), size=11)
    for row, name in enumerate(names):
        y = TOP + (row + (row > 0) * 0.5 + 0.62) * CELL
        canvas.text(LEFT - 8, y, name, "quiet", 12, "end")
        canvas.text(right + 6 * CELL + 10, y, f"{products[row].sum():.3g}".replace("-", "−"), anchor="start")
    return canvas.drawing(
        "Left a table: the errors at six output points, and below them four rows, what the taps of a 2 by 2 "
        "kernel have read there. Right the same rows multiplied by the errors, each with its sum, which is "
        f"the gradient of that tap; the gradient of the first tap is {products[1].sum():.3g}, that of the "
        f"bias {δ.sum():g}."
    )
