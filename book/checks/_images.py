"""The image that the readings sample: symbolic pixels, and its value at any place as a sum of hats."""

import sympy as sp
from proofs import Array, Box, Vector


def hat(t, box: Box):
    """Return the hat function of t by its four straight pieces, of which t lies in one all over the box."""
    b = box.bounds(t)
    if b.high <= -1 or b.low >= 1:
        return sp.S.Zero
    if b.low >= -1 and b.high <= 0:
        return 1 + t
    if b.low >= 0 and b.high <= 1:
        return 1 - t
    raise ValueError(f"{t} crosses a corner of the hat in this case")


class Image:
    """``X(q)`` is a pixel, ``X(p)`` the value there by the sum of hats; a channel may stand before.

    Args:
        pixels: the symbolic pixels; its last two lengths are H and W.
        box: where the symbols in p lie.
    """

    def __init__(self, pixels: Array, box: Box):
        self.pixels, self.box = pixels, box
        self.values = {}

    def __call__(self, *index):
        *channel, y, x = (
            sp.sympify(i) for part in index for i in (part if isinstance(part, Vector) else (part,))
        )
        if y.is_integer and x.is_integer:
            return self.pixels(*channel, y, x)
        key = (*channel, y, x)
        if key not in self.values:
            height, width = self.pixels.shape[-2:]
            self.values[key] = sp.Add(
                *(
                    hat(q_y - y, self.box) * hat(q_x - x, self.box) * self.pixels(*channel, q_y, q_x)
                    for q_y in range(height)
                    for q_x in range(width)
                )
            )
        return self.values[key]
