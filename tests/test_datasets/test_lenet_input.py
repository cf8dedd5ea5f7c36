"""LeNet-5's input."""

import numpy as np
import pytest
from small_sets import DIGITS

from dcn_course import datasets
from dcn_course.datasets import Dataset
from dcn_course.datasets.lenet_input import TRAINING_STATISTICS


def made_of(name, images):
    return Dataset(name, "test", images, np.zeros(len(images), np.int64), DIGITS, "a test")


def random_images(*shape):
    return np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)


def unstandardised(name, tensor):
    statistics = np.array(TRAINING_STATISTICS[name]).T.reshape(2, 1, -1, 1, 1)
    return tensor.numpy().astype(np.float64) * statistics[1] + statistics[0]


def test_mnist_gets_a_border_of_two_zeros():
    images = random_images(5, 1, 28, 28)
    result = datasets.lenet_images(made_of("mnist", images))
    assert result.shape == (5, 1, 32, 32)
    expected = np.pad(images / 255, ((0, 0), (0, 0), (2, 2), (2, 2)))
    np.testing.assert_allclose(unstandardised("mnist", result), expected, atol=1e-6)


def test_cifar10_keeps_its_pixels():
    images = random_images(5, 3, 32, 32)
    result = datasets.lenet_images(made_of("cifar10", images))
    np.testing.assert_allclose(unstandardised("cifar10", result), images / 255, atol=1e-6)


def enlargement():
    """The (32, 8) matrix of bilinear interpolation: pixel i lies at (i + 1/2)/4 - 1/2, held inside."""
    matrix = np.zeros((32, 8))
    for i in range(32):
        at = min(max((i + 0.5) / 4 - 0.5, 0), 7)
        low = min(int(at), 6)
        matrix[i, low], matrix[i, low + 1] = 1 - (at - low), at - low
    return matrix


def test_digits_are_enlarged_bilinearly():
    images = random_images(5, 1, 8, 8)
    result = datasets.lenet_images(made_of("digits", images))
    assert result.shape == (5, 1, 32, 32)
    expected = enlargement() @ (images / 255) @ enlargement().T
    np.testing.assert_allclose(unstandardised("digits", result), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10"])
def test_the_input_is_float32_and_the_data_set_is_left_as_it_was(name, recwarn):
    import torch

    images = random_images(2, *{"digits": (1, 8, 8), "mnist": (1, 28, 28), "cifar10": (3, 32, 32)}[name])
    dataset = made_of(name, images)
    result = datasets.lenet_images(dataset)
    assert result.dtype == torch.float32
    assert result.is_contiguous()
    np.testing.assert_array_equal(dataset.images, images)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("name", "shape"), [("svhn", (3, 32, 32)), ("mnist", (1, 32, 32)), ("cifar10", (1, 32, 32))]
)
def test_other_images_are_refused(name, shape):
    with pytest.raises(ValueError, match=rf"dataset must be one of .*got '{name}' with"):
        datasets.lenet_images(made_of(name, random_images(2, *shape)))


@pytest.mark.parametrize(
    "name",
    [
        "digits",
        pytest.param("mnist", marks=pytest.mark.data("mnist")),
        pytest.param("cifar10", marks=pytest.mark.data("cifar10")),
    ],
)
def test_the_statistics_are_those_of_the_training_images(name):
    images = datasets.load(name, "train").images
    for channel, (mean, deviation) in enumerate(TRAINING_STATISTICS[name]):
        values = images[:, channel]
        if name == "digits":
            enlarged = enlargement() @ (values / 255) @ enlargement().T
            found = enlarged.mean(), enlarged.std()
        else:
            # Exact sums over all pixels at 32x32: MNIST's border adds zeros to the count alone.
            histogram = np.bincount(values.ravel(), minlength=256)
            count = len(values) * 32 * 32
            first = histogram @ np.arange(256) / 255 / count
            found = first, np.sqrt(histogram @ np.arange(256) ** 2 / 255**2 / count - first**2)
        assert (mean, deviation) == tuple(np.round(found, 6))
