import numpy as np
import pytest

from dcn_course.reference import add_to_pixel, pixel


@pytest.mark.equation("border-zeros")
def test_the_image_is_zero_outside_and_itself_inside():
    X = np.arange(1.0, 7.0).reshape(2, 3)
    padded = np.pad(X, 3)
    for qy in range(-3, 5):
        for qx in range(-3, 6):
            assert pixel(X, qy, qx) == padded[qy + 3, qx + 3]


def test_a_pixel_has_the_dtype_of_the_image_inside_and_outside():
    X = np.ones((2, 2), np.float32)
    assert pixel(X, 0, 0).dtype == pixel(X, -1, 0).dtype == np.float32


def test_adding_reaches_one_pixel_inside_and_none_from_outside():
    for qy in range(-3, 5):
        for qx in range(-3, 6):
            X = np.zeros((2, 3))
            add_to_pixel(X, qy, qx, 2.5)
            expected = np.zeros((8, 9))
            expected[qy + 3, qx + 3] = 2.5
            np.testing.assert_array_equal(X, expected[3:5, 3:6])
