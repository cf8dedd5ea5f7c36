"""The interpolant of a 4x5 image as a surface: twelve saddles that meet along the lattice lines."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from palette import BLUE, INK, ORANGE, QUIET, use_style
from show import show

from dcn_course.reference.bilinear import bilinear_sample

ALT = (
    "A surface over the grid of a 4 by 5 image. Over each cell it is smooth; along the lines between the "
    "pixels, drawn bold, neighbouring sheets meet with a fold. The pixel values are dots where the lines "
    "cross."
)
# (4, 5): chosen so that the folds are easy to see.
IMAGE = np.array([[1, 4, 2, 0, 1], [0, 2, 6, 3, 2], [2, 1, 3, 7, 3], [1, 3, 1, 2, 5]], dtype=float)
STEPS = 4  # patches along a side of a cell


def draw() -> list[Figure]:
    use_style()
    height, width = IMAGE.shape
    y = np.linspace(0, height - 1, (height - 1) * STEPS + 1)
    x = np.linspace(0, width - 1, (width - 1) * STEPS + 1)
    z = np.array([[bilinear_sample(IMAGE, v, u, "project")[0] for u in x] for v in y])
    figure = plt.figure(figsize=(5.4, 4.2))
    ax = figure.add_subplot(projection="3d", computed_zorder=False)
    xx, yy = np.meshgrid(x, y)
    sheet = {"color": BLUE, "alpha": 0.3, "shade": False, "edgecolor": QUIET, "linewidth": 0.25}
    ax.plot_surface(xx, yy, z, rstride=1, cstride=1, zorder=1, **sheet)
    for i in range(height):
        ax.plot(x, np.full_like(x, i), z[i * STEPS], color=INK, linewidth=1.2, zorder=2)
    for j in range(width):
        ax.plot(np.full_like(y, j), y, z[:, j * STEPS], color=INK, linewidth=1.2, zorder=2)
    jj, ii = np.meshgrid(np.arange(width), np.arange(height))
    ax.scatter(jj, ii, IMAGE, s=26, color=ORANGE, depthshade=False, zorder=3)
    ax.set(xticks=range(width), yticks=range(height), zticks=[0, 3, 6])
    ax.set(xlabel="x", ylabel="y", zlabel="X(y, x)")
    ax.set_ylim(height - 1, 0)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(color=QUIET, linewidth=0.3)
    ax.view_init(elev=52, azim=-66)
    ax.set_box_aspect((width - 1, height - 1, 1.7), zoom=0.98)
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "surface")
