"""The compiled backend, for float32 and float64 on a CPU: vectors, threads, and one plan for two kernels.

With few channels the vectors run over 16 output points, and outputs are summed up at once; with many they run
over 16 channels, and PyTorch multiplies tiles of columns. Extra memory beyond inputs, outputs and their
gradients does not grow with the number of images: see `few_channels` and `many_channels`. A tensor that is
not contiguous is copied.
"""

from torch import Tensor

from dcn_course.ops.backends._call import Gradients, Saved, Settings, Wanted
from dcn_course.ops.backends.numba import few_channels, many_channels


def forward(
    X: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    bias: Tensor | None,
    settings: Settings,
) -> tuple[Tensor, Saved]:
    """See `Backend.forward`."""
    pass_ = few_channels.forward if few(weight, X, settings) else many_channels.forward
    return pass_(X, offset, mask, weight, bias, settings), (X, offset, mask, weight)


def backward(grad_output: Tensor, saved: Saved, wanted: Wanted, settings: Settings) -> Gradients:
    """See `Backend.backward`."""
    X, _, _, weight = saved
    assert X is not None and weight is not None
    pass_ = few_channels.backward if few(weight, X, settings) else many_channels.backward
    return pass_(grad_output, saved, wanted, settings)


def few(weight: Tensor, X: Tensor, settings: Settings) -> bool:
    """Whether the kernel for few channels is the faster one, by measurement.

    What counts is how many channels share both their offsets and their kernel.
    """
    channels = X.shape[1]
    together = min(channels // settings.groups, channels // settings.offset_groups)
    return together < 16
