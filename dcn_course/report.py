"""The numbers that the 2017 report prints, each in this one place, to stand beside ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """One column of a result table of the report.

    Attributes:
        network: as our experiment of it is named.
        epochs: as the report writes them; "3+2" is three epochs of everything, then two of the offsets alone.
        accuracy: on the test set, in percent.
        error: the report does not say which error on which set; probably a mean cross-entropy.
    """

    network: str
    epochs: str
    accuracy: float
    error: float


@dataclass(frozen=True)
class PrintedTiming:
    """One row of the report's timing table.

    Attributes:
        phase: as the report and Torch name it.
        deformable: seconds of the report's deformable convolution.
        torch: seconds of Torch's convolution.
    """

    phase: str
    deformable: float
    torch: float

    @property
    def ratio(self) -> float:
        """How many times longer the deformable convolution takes."""
        return self.deformable / self.torch


SOURCE = 'Janos and Julian, "Deformable Convolutional Neural Networks", Universität Bonn, 2017, result tables'

# Trained on MNIST. One run each; nothing is said of the optimiser, the batch size or the seed.
MNIST = (
    Printed("lenet5-dc", "3+2", accuracy=98.87, error=0.034),
    Printed("lenet5-dc", "3", accuracy=98.35, error=0.057),
    Printed("lenet5", "5", accuracy=98.49, error=0.035),
)

# Trained on CIFAR-10. The report does not say on which set the error is; see the errata.
CIFAR10 = (
    Printed("lenet5-dc", "29+2", accuracy=54.34, error=0.5),
    Printed("lenet5", "31", accuracy=48.3, error=0.31),
)
TABLES = {"mnist": MNIST, "cifar10": CIFAR10}

# The timing table of section 3, measured on an Intel Core i7-940. The report does not say on which layer and
# input, and reads "approximately 40, 10 and 40 times" from it.
TIMINGS = (
    PrintedTiming("forward", deformable=115.85e-4, torch=2.95e-4),
    PrintedTiming("updateGradInput", deformable=101.87e-4, torch=9.34e-4),
    PrintedTiming("accGradParameters", deformable=61.57e-4, torch=2.62e-4),
)
TIMING_PROCESSOR = "Intel Core i7-940"
