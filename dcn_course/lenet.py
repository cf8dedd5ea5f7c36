"""LeNet-5 and LeNet-5-DC, the two networks that the report compares."""

from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from dcn_course.layers import DeformableConv2d, OffsetPredictor
from dcn_course.ops._arguments import integer

IMAGE_SIZE = 32


class LeNet5(nn.Module):
    """LeNet-5 with the framework's own convolutions: the baseline.

    Kept of LeCun et al. 1998 (section II.B): the 32×32 input, the sizes 5×5→6, pooling by 2, 5×5→16, pooling
    by 2, 120-84-10. Changed, as is usual today: ReLU instead of the scaled tanh; max pooling instead of
    trainable subsampling; the second convolution sees all six maps instead of C3's partial table; C5 is
    written as a linear layer, which on its 5×5 maps is the same as a convolution; the outputs are scores for
    a softmax cross-entropy instead of RBF units with a loss of their own.

    Args:
        in_channels: Channels of the images, 1 for digits, 3 for colour.
        num_classes: Number of classes.
        maps: Output maps of the first and of the second convolution.

    Raises:
        TypeError: A number is no integer.
        ValueError: A number is less than 1.

    Source: report, Fig. 5.
    """

    def __init__(
        self, in_channels: int = 1, num_classes: int = 10, *, maps: tuple[int, int] = (6, 16)
    ) -> None:
        super().__init__()
        self.in_channels = integer("in_channels", in_channels, 1)
        num_classes = integer("num_classes", num_classes, 1)
        first, second = (integer("maps", count, 1) for count in maps)
        self.conv1 = self._convolution(self.in_channels, first)
        self.conv2 = self._convolution(first, second)
        self.fc1 = nn.Linear(second * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def _convolution(self, in_channels: int, out_channels: int) -> nn.Module:
        return nn.Conv2d(in_channels, out_channels, 5)

    def forward(self, images: Tensor) -> Tensor:
        """Give each image a score for each class.

        Args:
            images: (N, in_channels, 32, 32), height and width in pixels; dtype and device of the parameters.

        Returns:
            Scores (N, num_classes) for a softmax, dtype of `images`.

        Raises:
            ValueError: The images have another shape.
        """
        expected = (self.in_channels, IMAGE_SIZE, IMAGE_SIZE)
        if images.shape[1:] != expected:
            raise ValueError(
                f"images: expected the shape (N, {', '.join(map(str, expected))}), got {tuple(images.shape)}"
            )
        maps = F.max_pool2d(F.relu(self.conv1(images)), 2)
        maps = F.max_pool2d(F.relu(self.conv2(maps)), 2)
        hidden = F.relu(self.fc1(maps.flatten(1)))
        hidden = F.relu(self.fc2(hidden))
        scores: Tensor = self.fc3(hidden)
        return scores


class LeNet5DC(LeNet5):
    """LeNet-5 with both convolutions replaced by deformable ones (OP + DC); the head stays linear.

    At the start all offsets are zero, so that it computes what LeNet-5 with the same kernels computes.

    Args:
        in_channels: Channels of the images.
        num_classes: Number of classes.
        border: "project", as in the report, or "zeros"; see `dcn_course.ops.deform_conv2d`.
        backend: Name of the operator's backend, or None to choose one.

    Raises:
        TypeError: A number is no integer.
        ValueError: A number is less than 1, or a name unknown.

    Source: report, Fig. 5.
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        *,
        border: str = "project",
        backend: str | None = None,
    ) -> None:
        self._border, self._backend = border, backend
        super().__init__(in_channels, num_classes)

    def _convolution(self, in_channels: int, out_channels: int) -> nn.Module:
        return DeformableConv2d(in_channels, out_channels, 5, border=self._border, backend=self._backend)


def offset_parameters(network: nn.Module) -> Iterator[nn.Parameter]:
    """Yield the parameters of the offset predictors in `network`, and no others."""
    for module in network.modules():
        if isinstance(module, OffsetPredictor):
            yield from module.parameters()
