"""The three data sets of the course: digits, MNIST and CIFAR-10.

``load("digits", "train")`` needs no network. MNIST and CIFAR-10 are looked for in the folder that the
environment variable ``DCN_DATA`` names, then in the user cache, and are downloaded when neither has them.
Importing this package costs NumPy, not torch.
"""

from dcn_course.datasets.files import DataDamagedError
from dcn_course.datasets.lenet_input import lenet_images
from dcn_course.datasets.loading import NAMES, SPLITS, Dataset, load
from dcn_course.datasets.sources import DataNotFoundError, Location, locate, where

__all__ = [
    "NAMES",
    "SPLITS",
    "DataDamagedError",
    "DataNotFoundError",
    "Dataset",
    "Location",
    "lenet_images",
    "load",
    "locate",
    "where",
]
