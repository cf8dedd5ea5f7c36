"""Exercise 11: the two summands of the input's gradient."""

import numpy as np

from dcn_course.reference import deformable_conv2d_grad_input, offset_predictor

from ..svg import Canvas, Drawing

_H, _W = 5, 6
_SIZE = 26


def draw() -> Drawing:
    """Draw the gradient of one output point: through DC, through OP, and their sum."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(1, 1, _H, _W))
    K_op, b_op = 0.25 * rng.normal(size=(8, 1, 2, 2)), rng.uniform(-1.2, 1.2, 8)
    K = rng.normal(size=(1, 1, 2, 2))
    point = 1, 2
    δ = np.zeros((1, 1, _H - 1, _W - 1))
    δ[0, 0][point] = 1
    summands = deformable_conv2d_grad_input(δ, X, K_op, b_op, K)
    offset = offset_predictor(X, K_op, b_op)[0, :, *point].reshape(2, 2, 2)
    canvas = Canvas(3 * _W * _SIZE + 100, _H * _SIZE + 60)
    largest = max(float(np.abs(s).max()) for s in summands)
    titles = "through DC", "through OP", "the sum"
    for place, (title, gradient) in enumerate(zip(titles, summands, strict=True)):
        left, top = 20 + place * (_W * _SIZE + 30), 40
        canvas.text(left + _W * _SIZE / 2, 22, title)
        for (y, x), value in np.ndenumerate(gradient[0, 0]):
            canvas.rectangle(left + x * _SIZE, top + y * _SIZE, _SIZE, _SIZE, "none", line="line")
            if value:
                middle = left + (x + 0.5) * _SIZE, top + (y + 0.5) * _SIZE
                radius = 2 + 10 * float(abs(value) / largest) ** 0.5
                canvas.circle(*middle, round(radius, 2), "orange" if value > 0 else "blue", "none")
        if place == 0:
            for i, j in np.ndindex(2, 2):
                y, x = (point[0] + i + offset[i, j, 0], point[1] + j + offset[i, j, 1])
                canvas.circle(left + (float(x) + 0.5) * _SIZE, top + (float(y) + 0.5) * _SIZE, 3, "ink")
        elif place == 1:
            canvas.rectangle(
                left + point[1] * _SIZE, top + point[0] * _SIZE, 2 * _SIZE, 2 * _SIZE, "none", line="ink"
            )
    return canvas.drawing(
        "Three images of 5 by 6 pixels with discs for the gradient of one output point. Through DC: discs "
        "at the pixels around the four displaced taps, which are black dots. Through OP: discs on the four "
        "pixels from which the offsets were predicted, in a black frame. The sum has both."
    )
