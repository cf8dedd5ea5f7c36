"""scikit-learn's 1,797 handwritten digits of 8x8 pixels: real data that needs no network."""

import numpy as np
from numpy.typing import NDArray

from dcn_course.datasets.sources import DataNotFoundError

DIGIT_CLASSES = tuple("0123456789")
TEST_IMAGES = 360  # a fifth
SPLIT_SEED = 0


def digits_arrays(split: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One split of the digits that scikit-learn carries in its wheel.

    The data have no split of their own, so ours is drawn once for all: ``train_test_split`` with 360 test
    images, ``random_state=0``, stratified by class; both parts keep the original order. Values 0..16 become
    0..255: 255/16 times the value, rounded, halves upwards.

    Args:
        split: ``"train"`` (1,437 images) or ``"test"`` (360).

    Returns:
        Images (N, 1, 8, 8) uint8 and labels (N,) int64.

    Raises:
        DataNotFoundError: if scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise DataNotFoundError(
            f"The data set digits comes with scikit-learn, which is missing ({error}): "
            'pip install "dcn-course[torch]"'
        ) from error
    bunch = load_digits()
    values = bunch.images.astype(np.int64)
    labels = bunch.target.astype(np.int64)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_IMAGES, random_state=SPLIT_SEED, stratify=labels
    )
    chosen = np.sort(train if split == "train" else test)
    images = ((values[chosen] * 255 + 8) // 16).astype(np.uint8)
    return images[:, None], labels[chosen]
