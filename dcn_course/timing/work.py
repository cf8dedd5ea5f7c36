"""What a workload takes at least, and the time below which nobody gets. Imports no torch.

Two roofs: the memory has to carry the tensors, and the cores have to do the products. What is left of our
time is spent on sampling and scattering, whose reads and writes come in no order that a cache likes.
"""

from dataclasses import dataclass

from dcn_course.timing.results import Roof
from dcn_course.timing.workloads import Workload

BYTES = 4  # of a float32


@dataclass(frozen=True)
class Work:
    """What forward and backward pass of a workload take at least, for all images.

    Attributes:
        bytes: between memory and cores, if each tensor is read once in each pass that needs it and each
            result is written once.
        flops: of the three matrix products: output, gradient of the columns, gradient of the kernel.
        samples: numbers that are sampled, N·C·kH·kW·Ho·Wo; each reads 4 pixels in each of the passes, and
            adds to 4 in the backward pass.
    """

    bytes: int
    flops: int
    samples: int


def work(workload: Workload) -> Work:
    """Count the work of a workload."""
    n, c, o, taps = workload.images, workload.channels, workload.outputs, workload.kernel**2
    rows, columns = (
        size + 2 * workload.padding - workload.kernel + 1 for size in (workload.height, workload.width)
    )
    points = rows * columns
    image, offset, output = n * c * workload.height * workload.width, n * 2 * taps * points, n * o * points
    weight = o * c * taps
    # eq: count-samples
    samples = n * c * taps * points
    # eq: count-operations
    flops = 3 * 2 * o * samples
    # Read forward and backward, and a gradient written; the output written, its gradient read.
    # eq: count-bytes
    moved = BYTES * (3 * (image + offset + weight) + 2 * output)
    return Work(moved, flops, samples)


def bound(workload: Workload, roof: Roof) -> float:
    """Return the seconds that a workload takes at least: the longer one of its two roofs."""
    least = work(workload)
    # eq: roofline
    return max(least.bytes / roof.bandwidth, least.flops / roof.flops)
