"""Exercise 16: what the pixels receive without a mask and with one."""

import numpy as np

from dcn_course.reference import deform_conv2d_grad_input

from ..svg import Canvas, Drawing
from .gradient_input import H, W, layer, panel, panel_size


def draw() -> Drawing:
    """Draw what each pixel receives when every tap sends 1, at full volume and modulated."""
    buffers = layer()
    m = np.random.default_rng(16).choice([0, 0.5, 1, 1.5], 16)
    masks = np.ones(16), m
    found = [
        deform_conv2d_grad_input(np.ones((1, 4, 4)), buffers, (1, 1, H, W), mask.reshape(1, 4, 2, 2))[0, 0]
        for mask in masks
    ]
    width, height = panel_size()
    canvas = Canvas(2 * width - 60, height + 10)
    for place, (received, mask, words) in enumerate(zip(found, masks, ("m = 1", "modulated"), strict=True)):
        left = place * (width - 60)
        canvas.text(left + width / 2, height, words)
        panel(canvas, left, received, max(array.max() for array in found), buffers, mask)
    return canvas.drawing(
        "Twice the same image of 4 by 5 pixels and the same 16 taps as dots. Left all dots are of one size, "
        f"and the pixels receive {found[0].sum():.2f} together. Right the dots are as large as m, some are "
        f"empty rings with m = 0, and the pixels receive {found[1].sum():.2f}."
    )
