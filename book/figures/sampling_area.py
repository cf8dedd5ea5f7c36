"""The sampling area of one output point: of LeNet-5, and of LeNet-5-DC with offsets drawn at random."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from palette import BLUE, GREEN, INK, ORANGE, PAPER, QUIET, use_style
from show import show

from dcn_course import LeNet5, LeNet5DC, datasets, sampling_area, sampling_support
from dcn_course.datasets import lenet_images

ALT = (
    "A handwritten digit of 32 by 32 pixels, twice, with a dot for one output point near the middle. Left, "
    "LeNet-5: coloured pixels, the darker the larger the gradient is, all in a square of 14 by 14 pixels "
    "around the dot, whose edge is drawn. Right, LeNet-5-DC with random offsets: the coloured pixels fill a "
    "region of more than twice the size with a ragged edge; the drawn edge encloses all pixels on which "
    "the point depends."
)
POINT = (4, 5)
LEVELS = 6  # of grey and of colour


def networks() -> tuple[LeNet5, LeNet5DC]:
    """Two untrained networks with the same kernels; the offsets of the second are about a pixel long."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        deformable = LeNet5DC()
        plain = LeNet5()
        for name in ("conv1", "conv2"):
            layer = getattr(deformable, name)
            getattr(plain, name).load_state_dict(layer.deform_conv.state_dict())
            torch.nn.init.normal_(layer.offset_predictor.weight, std=0.12)
            torch.nn.init.normal_(layer.offset_predictor.bias, std=0.8)
    return plain, deformable


def image() -> torch.Tensor:
    digits = datasets.load("digits", "train")
    return lenet_images(replace(digits, images=digits.images[3:4], labels=digits.labels[3:4]))[0]


def shade(ax: Axes, values: np.ndarray, colour: str, strongest: float, zorder: int) -> None:
    """Pixels (H, W) in [0, 1], in a few levels; each level is one path, to keep the file small."""
    levels = np.ceil(values * LEVELS - 0.2).astype(int)
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY]
    for level in range(1, LEVELS + 1):
        places = np.argwhere(levels == level)[:, ::-1]
        if len(places):
            path = Path((places[:, None] + square).reshape(-1, 2), codes * len(places))
            ax.add_patch(
                PathPatch(
                    path, facecolor=colour, alpha=strongest * level / LEVELS, linewidth=0, zorder=zorder
                )
            )


def edge(ax: Axes, inside: np.ndarray, colour: str) -> None:
    """The lines between the pixels that belong to a set and those that do not."""
    padded = np.pad(inside, 1)
    lines = [((x - 1.5, y - 0.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[1:] != padded[:-1])] + [
        ((x - 0.5, y - 1.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[:, 1:] != padded[:, :-1])
    ]
    ax.add_collection(LineCollection(lines, colors=colour, linewidths=1.4, zorder=4))


def panel(title: str, network: LeNet5, picture: torch.Tensor) -> Figure:
    figure, ax = plt.subplots(figsize=(3.5, 3.7))
    area = sampling_area(network, picture, POINT).numpy()
    grey = picture[0].numpy() - picture.min().item()
    shade(ax, grey / grey.max(), INK, 0.35, 1)
    shade(ax, np.sqrt(area / area.max()), ORANGE, 0.85, 2)
    edge(ax, sampling_support(network, picture, POINT).numpy(), BLUE)
    # The middle of what the plain network reads: 14 pixels from twice the output point on.
    ax.scatter(2 * POINT[1] + 6.5, 2 * POINT[0] + 6.5, s=60, color=GREEN, edgecolors=PAPER, zorder=5)
    ax.plot([-0.5, 31.5, 31.5, -0.5, -0.5], [-0.5, -0.5, 31.5, 31.5, -0.5], color=QUIET, linewidth=0.8)
    ax.set_title(title, fontsize=11, color=QUIET)
    ax.set(xlim=(-0.8, 31.8), ylim=(31.8, -0.8), aspect="equal")
    ax.axis("off")
    return figure


def draw() -> list[Figure]:
    use_style()
    plain, deformable = networks()
    picture = image()
    return [panel("LeNet-5", plain, picture), panel("LeNet-5-DC, random offsets", deformable, picture)]


if __name__ == "__main__":
    show(draw(), ALT, "sampling-area")
