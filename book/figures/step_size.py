"""The error of a central difference against its step, in float64 and float32, and for a linear function."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import BLUE, INK, LINE, ORANGE, PURPLE, QUIET, use_style
from show import show

ALT = (
    "A plot with logarithmic axes: relative error of the central difference against the step. For the "
    "exponential function each curve is a V: from the right the error falls with the square of the "
    "step; past the lowest point it grows again, irregularly, as the step shrinks. In float64 the "
    "lowest error is near 1e-11 at a step near 1e-5; in float32 near 1e-5 at a step near 1e-2. For a "
    "convolution, which is linear, there is no right arm: the largest step is the best."
)
X = 1.0
# Powers of two, so that x + ε and x - ε are exact and the step is the one that was asked for.
STEPS = 2.0 ** -np.arange(1, 41)


def unit_roundoff(dtype: type) -> float:
    """u: half the distance from 1 to the next number."""
    return float(np.finfo(dtype).eps) / 2


def error(dtype: type) -> np.ndarray:
    """Relative error of the central difference of exp at X, computed in `dtype`, for each of STEPS."""
    x, eps = dtype(X), STEPS.astype(dtype)
    difference = (np.exp(x + eps) - np.exp(x - eps)) / (2 * eps)
    return np.abs(difference.astype(float) / np.exp(X) - 1)


def linear_error() -> np.ndarray:
    """The same for one output of a convolution with nine taps, in float64, as a function of one pixel."""
    rng = np.random.default_rng(0)
    pixels, kernel = rng.standard_normal((2, 9))
    e = np.eye(9)[4]
    values = [(kernel @ (pixels + eps * e) - kernel @ (pixels - eps * e)) / (2 * eps) for eps in STEPS]
    return np.abs(np.array(values) / kernel[4] - 1)


def bound(dtype: type) -> np.ndarray:
    """ε²/6 + u/ε: for exp, value and third derivative are the same, so both cancel in the relative error."""
    return STEPS**2 / 6 + unit_roundoff(dtype) / STEPS


def draw() -> list[Figure]:
    use_style()
    figure, ax = plt.subplots(figsize=(5.8, 4.1))
    curves = ((np.float32, ORANGE, "s", "exp in float32"), (np.float64, BLUE, "o", "exp in float64"))
    for dtype, colour, marker, name in curves:
        ax.plot(STEPS, bound(dtype), color=LINE, linewidth=5, solid_capstyle="round", zorder=1)
        e = error(dtype)
        ax.plot(STEPS, np.where(e > 0, e, np.nan), marker, color=colour, markersize=4, zorder=2, label=name)
        best = np.cbrt(3 * unit_roundoff(dtype))
        ax.plot(best, best**2 / 2, marker="x", color=INK, markersize=9, markeredgewidth=1.8, zorder=3)
    e = linear_error()
    e = np.where(e > 0, e, np.nan)
    ax.plot(STEPS, e, "^", color=PURPLE, markersize=4, zorder=2, label="convolution in float64")
    ax.set(xscale="log", yscale="log", xlim=(4e-13, 1.2), ylim=(2e-17, 8))
    ax.set(xlabel="step ε", ylabel="relative error")
    ax.text(3e-8, 6e-12, "rounding u / ε", color=QUIET, rotation=-37, ha="center", va="center", fontsize=9)
    ax.text(6e-3, 8e-9, "formula ε² / 6", color=QUIET, rotation=57, ha="center", va="center", fontsize=9)
    ax.legend(loc="lower left", fontsize=9.5, handletextpad=0.2)
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "step_size")
