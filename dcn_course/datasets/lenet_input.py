"""The 32x32 input of LeNet-5, made from each data set."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from dcn_course.datasets.loading import Dataset

# (mean, standard deviation) of the training images at 32x32, scaled to [0, 1]; one pair a channel. A test
# computes them anew from the data.
TRAINING_STATISTICS = {
    "digits": ((0.305434, 0.323553),),
    "mnist": ((0.100037, 0.275217),),
    "cifar10": ((0.491400, 0.247032), (0.482158, 0.243485), (0.446531, 0.261588)),
}


def lenet_images(dataset: "Dataset", scaling: str = "standard") -> "torch.Tensor":
    """Make LeNet-5's input, 32x32 pixels around zero, from a data set.

    The report does not say how it did this, so these are our choices:

    - scale: 0..255 becomes 0..1 (ink or light is high, background low, as in the files);
    - size: MNIST's 28x28 get a border of two zeros on each side, as in LeCun et al. (1998), section II.B;
      digits' 8x8 are enlarged by bilinear interpolation (``align_corners=False``, border pixels repeated
      outwards); CIFAR-10 has 32x32;
    - standardisation, with `scaling` "standard": subtract the mean, divide by the standard deviation (of the
      population). Both are fixed numbers, taken over all pixels of the training images after the steps above,
      so that MNIST's border counts; one pair for digits and MNIST, one a channel for CIFAR-10. The test
      images use the same numbers. LeCun's -0.1 and 1.175 for background and ink serve the same end. With
      "unit" the images stay in 0..1.

    Args:
        dataset: a data set, or a part of one under the same name.
        scaling: "standard" or "unit".

    Returns:
        (N, C, 32, 32) float32 on the CPU; C is 1 for digits and MNIST, 3 for CIFAR-10.

    Raises:
        ValueError: if the data set's name or image shape is none of the three, or `scaling` none of the two.
    """
    import torch
    import torch.nn.functional as F

    shapes = {"digits": (1, 8, 8), "mnist": (1, 28, 28), "cifar10": (3, 32, 32)}
    if shapes.get(dataset.name) != dataset.images.shape[1:]:
        raise ValueError(
            f"dataset must be one of {shapes} (name: image shape), "
            f"got {dataset.name!r} with {dataset.images.shape[1:]}"
        )
    if scaling not in ("standard", "unit"):
        raise ValueError(f"scaling must be standard or unit, got {scaling!r}")
    images = torch.tensor(dataset.images, dtype=torch.float32).div_(255)
    if dataset.name == "digits":
        images = F.interpolate(images, size=(32, 32), mode="bilinear", align_corners=False)
    elif dataset.name == "mnist":
        images = F.pad(images, (2, 2, 2, 2))
    if scaling == "unit":
        return images
    mean, deviation = torch.tensor(TRAINING_STATISTICS[dataset.name]).T.reshape(2, -1, 1, 1)
    return images.sub_(mean).div_(deviation)
