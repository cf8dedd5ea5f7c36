"""The numbers that the 2017 report prints, each in this one place, to stand beside ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """One column of a result table of the report.

    Attributes:
        network: the network as our experiments name it.
        epochs: as the report writes them; "3+2" is three epochs of everything, then two of the offsets alone.
        accuracy: on the test set, in percent.
        error: the report does not say which error on which set; probably a mean cross-entropy.
    """

    network: str
    epochs: str
    accuracy: float
    error: float


SOURCE = 'Janos and Julian, "Deformable Convolutional Neural Networks", Universität Bonn, 2017, result tables'

# Trained on MNIST. One run each; nothing is said of the optimiser, the batch size or the seed.
MNIST = (
    Printed("lenet5-dc", "3+2", accuracy=98.87, error=0.034),
    Printed("lenet5-dc", "3", accuracy=98.35, error=0.057),
    Printed("lenet5", "5", accuracy=98.49, error=0.035),
)
