"""The figure of the lab *The sampling area*: choose an image and an output point, see where networks look."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from PIL import Image

from .figure import Figure, assembled

POINTS = 10
"""Output points in each axis, those of LeNet-5's second convolution."""
SIZE = 32
"""Pixels of an image in each axis."""
LEVELS = 7
"""Shades of an area; beside them one for the rest of the support, and one for the pixels outside it."""

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]


def pack_picture(image: Array) -> str:
    """Return an image as the URL of a PNG.

    Args:
        image: (C, H, W), uint8, with 1 or 3 channels. One channel is ink: dark where it is high.

    Raises:
        ValueError: the image has another shape or type.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"image must be (1 or 3, H, W) of uint8, got {image.shape} of {image.dtype}")
    if image.shape[0] == 1:
        image = np.repeat(255 - image, 3, axis=0)
    return _png(Image.fromarray(np.moveaxis(image, 0, -1)))


def pack_areas(areas: Array, supports: Array) -> str:
    """Return the areas of all output points of one image as the URL of a PNG: 10x10 tiles of 32x32 pixels.

    A pixel is 0 outside the support, 1 in the support without an area worth a shade, and from 2 on the square
    root of the area, relative to the largest of the tile.

    Args:
        areas: (100, 32, 32), floating point, not negative; the points row by row.
        supports: (100, 32, 32), bool.

    Raises:
        ValueError: a shape is another one.
    """
    expected = (POINTS**2, SIZE, SIZE)
    if areas.shape != expected or supports.shape != expected:
        raise ValueError(
            f"areas and supports must have the shape {expected}, got {areas.shape} and {supports.shape}"
        )
    largest = areas.max((1, 2), keepdims=True)
    shades = np.rint(LEVELS * np.sqrt(areas / np.where(largest > 0, largest, 1)))
    values = np.where(supports, 1 + shades, 0)
    tiles = values.reshape(POINTS, POINTS, SIZE, SIZE).swapaxes(1, 2).reshape(POINTS * SIZE, POINTS * SIZE)
    # Greys, 16 apart, so that a browser's colours cannot take one for another.
    picture = Image.fromarray(tiles.astype(np.uint8))
    picture.putpalette([16 * value for value in range(2 + LEVELS) for _ in range(3)])
    return _png(picture, bits=4)


class SamplingFigure(Figure):
    """Choose an image and an output point; see the sampling areas and supports of some networks.

    Args:
        names: of the networks, one to three.
        titles: of the images.
        pictures: what `pack_picture` makes of each image.
        areas: what `pack_areas` makes of each image and network: a list for each image.
        image: number of the image that is shown, from 0.
        y: row of the output point, 0 to 9.
        x: its column, 0 to 9.

    Raises:
        ValueError: the lists do not fit together, or a number is out of its range.

    Source: equations sampling-area and sampling-support; report, Fig. 6 to 8.
    """

    figure = "sampling"
    _esm = assembled("sampling.js")
    _css = assembled("sampling.css")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True, figure=True)
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True, figure=True)
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True, figure=True)
    areas = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True, figure=True)
    image = traitlets.Int(0).tag(sync=True, figure=True)
    y = traitlets.Int(4).tag(sync=True, figure=True)
    x = traitlets.Int(5).tag(sync=True, figure=True)

    def __init__(self, names: Sequence[str] = (), titles: Sequence[str] = (), **traits: Any) -> None:
        pictures, areas = traits.get("pictures", []), traits.get("areas", [])
        if not 1 <= len(names) <= 3:
            raise ValueError(f"names must be one to three, got {list(names)}")
        if not titles or not len(titles) == len(pictures) == len(areas):
            raise ValueError(
                "titles, pictures and areas must be as many, at least one, "
                f"got {len(titles)}, {len(pictures)} and {len(areas)}"
            )
        if any(len(each) != len(names) for each in areas):
            raise ValueError(f"areas must hold {len(names)} for each image, got {[len(e) for e in areas]}")
        super().__init__(names=list(names), titles=list(titles), **traits)

    @traitlets.validate("y", "x")
    def _check_point(self, proposal: dict[str, Any]) -> int:
        if not 0 <= proposal["value"] < POINTS:
            raise ValueError(
                f"{proposal['trait'].name} must be from 0 to {POINTS - 1}, got {proposal['value']}"
            )
        return int(proposal["value"])

    @traitlets.validate("image")
    def _check_image(self, proposal: dict[str, Any]) -> int:
        if not 0 <= proposal["value"] < len(self.titles):
            raise ValueError(f"image must be from 0 to {len(self.titles) - 1}, got {proposal['value']}")
        return int(proposal["value"])

    def describe(self) -> str:
        """Return what the figure shows as a sentence."""
        return (
            f"The sampling areas of the output point ({self.y}, {self.x}) on the image "
            f"'{self.titles[self.image]}', of {', '.join(self.names)}. "
            "With JavaScript this is an interactive figure, with "
            f"{len(self.titles)} images and {POINTS**2} output points."
        )

    def __repr__(self) -> str:
        """Leave out the pictures, which would fill pages."""
        shown = f"names={self.names}, titles={self.titles}"
        return f"SamplingFigure({shown}, image={self.image}, y={self.y}, x={self.x})"


def _png(image: Image.Image, **options: Any) -> str:
    file = io.BytesIO()
    image.save(file, format="png", optimize=True, **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
