"""The layers that are timed. Imports no torch."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Workload:
    """One layer and its input; stride 1, dilation 1, one group, a square kernel.

    Attributes:
        name: on the command line.
        title: for people.
        family: "lenet", "resnet" or "image": each has a geometric mean of its own.
        images: N.
        channels: C, of the input.
        height: of the input, in pixels.
        width: of the input, in pixels.
        outputs: O, channels of the output.
        kernel: kH and kW, in pixels.
        padding: zeros around the image, in pixels.
    """

    name: str
    title: str
    family: str
    images: int
    channels: int
    height: int
    width: int
    outputs: int
    kernel: int
    padding: int = 0

    @property
    def shape(self) -> str:
        """Input, outputs and kernel in short, like "64x1x32x32 → 6, 5x5"."""
        size = f"{self.images}x{self.channels}x{self.height}x{self.width}"
        return f"{size} → {self.outputs}, {self.kernel}x{self.kernel}"

    def small(self) -> "Workload":
        """The same kind of layer, so small that a run takes milliseconds; odd sizes that differ."""
        return replace(
            self,
            images=min(self.images, 2),
            channels=min(self.channels, 4),
            height=13,
            width=11,
            outputs=min(self.outputs, 6),
        )


WORKLOADS = (
    Workload("lenet-conv1-mnist", "LeNet conv1, MNIST", "lenet", 64, 1, 32, 32, 6, 5),
    Workload("lenet-conv2", "LeNet conv2", "lenet", 64, 6, 14, 14, 16, 5),
    Workload("lenet-conv1-cifar", "LeNet conv1, CIFAR", "lenet", 64, 3, 32, 32, 6, 5),
    Workload("resnet-56", "ResNet-like, 56x56", "resnet", 8, 64, 56, 56, 64, 3, 1),
    Workload("resnet-28", "ResNet-like, 28x28", "resnet", 2, 256, 28, 28, 256, 3, 1),
    Workload("image", "one image", "image", 1, 64, 56, 56, 64, 3, 1),
)


def select(names: str | None) -> tuple[Workload, ...]:
    """Return the workloads of these names, separated by commas, in the order of `WORKLOADS`; None: all.

    Raises:
        ValueError: there is no workload of that name.
    """
    if names is None:
        return WORKLOADS
    wanted = [name.strip() for name in names.split(",")]
    known = [workload.name for workload in WORKLOADS]
    for name in wanted:
        if name not in known:
            raise ValueError(f"workloads: expected names among {', '.join(known)}, got {name!r}")
    return tuple(workload for workload in WORKLOADS if workload.name in wanted)
