"""The batch is worked through in parts, as the column matrix of all images together would be very large."""

from collections.abc import Iterator

from torch import Tensor

from dcn_course.ops._arguments import Geometry

# Entries of the column matrix that are held at a time. On a CPU they stay in its cache, which is several
# times as fast as main memory; elsewhere the limit only bounds the memory (256 MB in float32).
_CPU_ENTRIES = 2**18
_DEVICE_ENTRIES = 2**26


def parts(input: Tensor, geometry: Geometry) -> Iterator[slice]:
    """Split the batch `input` (N, C, H, W) into slices of at least one image.

    The split depends on the shapes and the device alone, never on the number of threads, so that sums over it
    are repeated bit for bit.
    """
    step = max(1, _limit(input) // (input.shape[1] * geometry.taps * geometry.points))
    for first in range(0, len(input), step):
        yield slice(first, first + step)


def rows(images: Tensor, geometry: Geometry) -> Iterator[slice]:
    """Split the rows of the output of a slice of images, as one image may be too much; as `parts` does."""
    height, width = geometry.output_size
    step = max(1, _limit(images) // (len(images) * images.shape[1] * geometry.taps * width))
    for first in range(0, height, step):
        yield slice(first, min(first + step, height))


def _limit(input: Tensor) -> int:
    return _CPU_ENTRIES if input.device.type == "cpu" else _DEVICE_ENTRIES
