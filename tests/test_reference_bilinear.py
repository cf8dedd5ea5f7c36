from fractions import Fraction

import numpy as np
import pytest

from dcn_course.reference import (
    bilinear_derivative,
    bilinear_grad_image,
    bilinear_sample,
    bilinear_sum,
    bilinear_value,
    hat,
    locate,
    numerical_gradient,
    numerical_jacobian,
    project,
)

BORDERS = ["zeros", "project"]
SIZES = [(4, 3), (1, 3), (3, 1), (1, 1)]


def image(height, width, seed=0):
    return np.random.default_rng(seed).normal(size=(height, width))


def positions(height, width, seed=1, count=40):
    """Positions inside, at the border and well outside, at least 0.05 from every lattice line."""
    rng = np.random.default_rng(seed)
    y = rng.integers(-3, height + 3, count) + rng.uniform(0.05, 0.95, count)
    x = rng.integers(-3, width + 3, count) + rng.uniform(0.05, 0.95, count)
    return [(float(a), float(b)) for a, b in zip(y, x, strict=True)]


def value_by_tents(X, y, x):
    """Sum over all pixels with max(0, 1 - |distance|): the value with zeros, written the other way."""
    rows, columns = np.arange(X.shape[0]), np.arange(X.shape[1])
    return np.maximum(0, 1 - abs(y - rows)) @ X @ np.maximum(0, 1 - abs(x - columns))


@pytest.mark.equation("bilinear-cell")
@pytest.mark.equation("bilinear-weights")
@pytest.mark.equation("bilinear-value")
@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.equation("bilinear-derivative-x")
@pytest.mark.parametrize("border", BORDERS)
def test_a_cell_of_four_pixels_as_computed_by_hand(border):
    X = np.array([[1.0, 2.0], [4.0, 8.0]])
    value, sample = bilinear_sample(X, 0.25, 0.5, border)
    assert sample.a == (0, 0)
    assert sample.w == (0.75, 0.5, 0.25, 0.5)
    assert sample.projected == (False, False)
    assert value == 0.375 * 1 + 0.125 * 4 + 0.125 * 8 + 0.375 * 2 == 2.625
    # Down: half of 1 → 4 and half of 2 → 8. Right: three quarters of 1 → 2 and one of 4 → 8.
    assert bilinear_derivative(X, sample) == (0.5 * 3 + 0.5 * 6, 0.75 * 1 + 0.25 * 4)


@pytest.mark.equation("bilinear-cell")
def test_the_cell_is_found_with_floor_at_negative_positions_too():
    assert locate(-0.25, 2.75, 4, 4).a == (-1, 2)
    assert locate(-0.25, 2.75, 4, 4).w == (0.25, 0.25, 0.75, 0.75)


@pytest.mark.equation("bilinear-weights")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_the_four_weights_are_a_partition_of_unity(size, border):
    for y, x in positions(*size):
        w0, w1, w2, w3 = (Fraction(w) for w in locate(y, x, *size, border).w)
        assert min(w0, w1, w2, w3) >= 0
        assert float(w0 * w1 + w1 * w2 + w2 * w3 + w3 * w0) == pytest.approx(1, abs=1e-15)


@pytest.mark.equation("hat")
def test_the_hat_is_one_at_its_pixel_and_zero_from_one_pixel_away():
    assert [hat(t) for t in (-7.0, -1.0, -0.25, 0.0, 0.5, 1.0, np.inf)] == [0, 0, 0.75, 1, 0.5, 0, 0]


@pytest.mark.equation("bilinear-sum")
@pytest.mark.parametrize("size", SIZES)
def test_the_sum_over_all_pixels_is_the_value_with_zeros(size):
    X = image(*size)
    for y, x in [*positions(*size), (0.0, 0.0), (-1.0, 0.5), (1e30, 0.0), (0.5, -np.inf)]:
        assert bilinear_sum(X, y, x) == pytest.approx(value_by_tents(X, y, x), abs=1e-12)
        assert bilinear_sum(X, y, x) == pytest.approx(bilinear_sample(X, y, x, "zeros")[0], abs=1e-12)


def test_the_sum_over_all_pixels_has_the_dtype_of_the_image_and_is_nan_at_nan():
    X = image(4, 3).astype(np.float32)
    for y, x in ((0.5, 0.5), (9.0, 0.5), (np.nan, 0.5), (9.0, np.nan)):
        value = bilinear_sum(X, y, x)
        assert value.dtype == np.float32
        assert np.isnan(value) == (np.isnan(y) or np.isnan(x))


@pytest.mark.equation("bilinear-value")
@pytest.mark.equation("border-zeros")
@pytest.mark.parametrize("size", SIZES)
def test_with_zeros_the_value_is_the_sum_over_all_pixels_with_tents(size):
    X = image(*size)
    lattice = [(float(y), float(x)) for y in range(-3, size[0] + 3) for x in range(-3, size[1] + 3)]
    for y, x in positions(*size) + lattice:
        assert bilinear_sample(X, y, x, "zeros")[0] == pytest.approx(value_by_tents(X, y, x), abs=1e-12)


@pytest.mark.equation("projection")
@pytest.mark.parametrize("size", SIZES)
def test_with_project_the_value_is_that_at_the_nearest_place_in_the_image(size):
    X = image(*size)
    for y, x in positions(*size):
        nearest = np.clip(y, 0, size[0] - 1), np.clip(x, 0, size[1] - 1)
        expected = pytest.approx(value_by_tents(X, *nearest), abs=1e-12)
        assert bilinear_sample(X, y, x, "project")[0] == expected


@pytest.mark.equation("projection")
def test_a_projected_coordinate_is_the_nearest_in_the_image():
    places = [-np.inf, -0.1, 0.0, 1.3, 3.0, 3.1, 1e30, np.inf]
    assert [project(p, 4) for p in places] == [0, 0, 0, 1.3, 3, 3, 3, 3]
    assert project(-0.5, 1) == project(0.5, 1) == 0


def test_on_a_lattice_point_the_value_is_the_pixel():
    X = image(4, 3)
    for border in BORDERS:
        for y, x in np.ndindex(4, 3):
            assert bilinear_sample(X, float(y), float(x), border)[0] == X[y, x]


@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.equation("bilinear-derivative-x")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_the_derivatives_are_the_numerical_ones_away_from_kinks(size, border):
    X = image(*size)
    for y, x in positions(*size):
        sample = locate(y, x, *size, border)
        expected = numerical_jacobian(lambda p: bilinear_sample(X, *p, border)[0], np.array([y, x]))
        np.testing.assert_allclose(bilinear_derivative(X, sample), expected[0], atol=1e-8)


@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.equation("bilinear-derivative-x")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_on_every_lattice_line_the_derivative_is_the_right_hand_one(size, border):
    X = image(*size)
    step = 2.0**-10
    H, W = size
    lines = [(float(y), x) for y in range(-3, H + 2) for x in (-1.5, -0.25, 0.0, 0.25, W - 1.0, W - 0.75)]
    lines += [(y, float(x)) for x in range(-3, W + 2) for y in (-1.5, -0.25, 0.0, 0.25, H - 1.0, H - 0.75)]
    for y, x in lines:
        value, sample = bilinear_sample(X, y, x, border)
        dy = (bilinear_sample(X, y + step, x, border)[0] - value) / step
        dx = (bilinear_sample(X, y, x + step, border)[0] - value) / step
        # Within a cell the value is linear along an axis: a forward difference has rounding errors only.
        np.testing.assert_allclose(bilinear_derivative(X, sample), (dy, dx), atol=1e-11)


@pytest.mark.equation("projection-derivative")
@pytest.mark.parametrize(
    ("y", "zeros", "projected"),
    [
        (-2.0, 0, 0),
        (-1.0, 5, 0),  # zeros: from nothing towards X(0)
        (0.0, 2, 2),
        (1.0, 4, 4),
        (2.0, -11, 0),  # H - 1; zeros: from X(H - 1) towards nothing
        (3.0, 0, 0),
    ],
)
def test_the_slopes_at_the_lattice_points_of_a_column_are_the_stated_ones(y, zeros, projected):
    X = np.array([[5.0], [7.0], [11.0]])
    assert bilinear_derivative(X, locate(y, 0.0, 3, 1, "zeros"))[0] == zeros
    assert bilinear_derivative(X, locate(y, 0.0, 3, 1, "project"))[0] == projected
    assert bilinear_derivative(X.T, locate(0.0, y, 1, 3, "zeros"))[1] == zeros
    assert bilinear_derivative(X.T, locate(0.0, y, 1, 3, "project"))[1] == projected


@pytest.mark.equation("projection-derivative")
def test_in_an_image_of_one_pixel_the_projected_slope_is_zero_everywhere():
    X = np.array([[3.0]])
    for y in (-1.0, -0.5, 0.0, 0.5, 1.0):
        value, sample = bilinear_sample(X, y, 0.0, "project")
        assert (value, *bilinear_derivative(X, sample)) == (3, 0, 0)


@pytest.mark.equation("projection-derivative")
def test_a_projected_axis_has_zero_derivative_and_leaves_the_other_axis_alone():
    X = image(4, 5)
    sample = locate(7.3, 1.25, 4, 5, "project")
    assert sample.projected == (True, False)
    assert bilinear_derivative(X, sample)[0] == 0
    assert bilinear_derivative(X, sample)[1] == pytest.approx(X[3, 2] - X[3, 1])
    sample = locate(1.25, -0.1, 4, 5, "project")
    assert sample.projected == (False, True)
    assert bilinear_derivative(X, sample)[0] == pytest.approx(X[2, 0] - X[1, 0])
    assert bilinear_derivative(X, sample)[1] == 0


@pytest.mark.equation("scatter")
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_the_gradient_wrt_the_image_is_the_numerical_one(size, border):
    X = image(*size)
    for y, x in positions(*size, count=10):
        grad_image = np.zeros(size)
        bilinear_grad_image(grad_image, locate(y, x, *size, border), 1.7)

        def value(X, y=y, x=x):
            return bilinear_sample(X, y, x, border)[0]

        np.testing.assert_allclose(grad_image, numerical_gradient(value, X, np.array(1.7)), atol=1e-8)


@pytest.mark.equation("scatter")
def test_samples_that_share_pixels_add_their_gradients():
    grad_image = np.zeros((2, 2))
    sample = locate(0.25, 0.5, 2, 2)
    bilinear_grad_image(grad_image, sample, 1.0)
    bilinear_grad_image(grad_image, sample, 7.0)
    np.testing.assert_array_equal(grad_image, [[3.0, 3.0], [1.0, 1.0]])


@pytest.mark.parametrize("border", BORDERS)
def test_a_neighbour_outside_the_image_is_neither_read_nor_written(border):
    # The image lies in a larger array of NaN: an index one too far, or -1, would fetch one.
    around = np.full((5, 6), np.nan)
    X = around[1:4, 1:5]
    X[:] = image(3, 4)
    around_grad = np.full((5, 6), np.nan)
    grad = around_grad[1:4, 1:5]
    grad[:] = 0
    for y in (-1.0, -0.5, 0.0, 2.0, 2.5, 3.0):
        for x in (-1.0, -0.5, 0.0, 3.0, 3.5, 4.0):
            value, sample = bilinear_sample(X, y, x, border)
            bilinear_grad_image(grad, sample, 1.0)
            assert np.isfinite([value, *bilinear_derivative(X, sample)]).all()
    assert np.isfinite(grad).all()
    assert np.isnan(around_grad).sum() == 30 - 12


FAR = [1e3, 1e19, 1e30, 1e300, np.inf]


@pytest.mark.parametrize("far", [*FAR, *(-far for far in FAR)])
def test_with_zeros_a_position_far_away_reads_and_gives_nothing(far):
    X = image(4, 3)
    for y, x in ((far, 1.25), (1.25, far), (far, far), (far, -far)):
        value, sample = bilinear_sample(X, y, x, "zeros")
        grad_image = np.zeros((4, 3))
        bilinear_grad_image(grad_image, sample, 1.0)
        assert value == 0
        assert bilinear_derivative(X, sample) == (0, 0)
        assert not grad_image.any()
        assert max(abs(a) for a in sample.a) <= 4  # fits any integer type


@pytest.mark.parametrize("far", [*FAR, *(-far for far in FAR)])
def test_with_project_a_position_far_away_reads_the_border(far):
    X = image(4, 3)
    value, sample = bilinear_sample(X, far, 1.25, "project")
    row = 3 if far > 0 else 0
    assert value == pytest.approx(0.75 * X[row, 1] + 0.25 * X[row, 2])
    assert sample.projected == (True, False)
    assert bilinear_derivative(X, sample)[0] == 0
    assert bilinear_derivative(X, sample)[1] == pytest.approx(X[row, 2] - X[row, 1])


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("other", [0.5, 0.0, -9.0, 9.0, np.inf, -np.inf, np.nan])
def test_a_coordinate_that_is_nan_makes_value_and_derivatives_nan(size, border, other):
    X = image(*size)
    for y, x in ((np.nan, other), (other, np.nan)):
        value, sample = bilinear_sample(X, y, x, border)
        grad_image = np.zeros(size)
        bilinear_grad_image(grad_image, sample, 1.0)
        assert sample.a == (0, 0)
        assert np.isnan([value, *bilinear_derivative(X, sample)]).all()
        assert np.isnan(grad_image[:2, :2]).all()
        assert np.isfinite(grad_image[2:]).all()
        assert np.isfinite(grad_image[:, 2:]).all()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("y", [-7.3, -0.3, 1.3, 2.7, 9.1])
def test_in_float32_value_and_derivatives_are_float32(y, border):
    X = image(4, 3).astype(np.float32)
    for x in (np.float32(-5.0), np.float32(0.7), np.float32(9.0)):
        value, sample = bilinear_sample(X, np.float32(y), x, border)
        dy, dx = bilinear_derivative(X, sample)
        assert value.dtype == dy.dtype == dx.dtype == np.float32


def test_the_value_of_a_saved_sample_is_that_of_the_forward_pass():
    X = image(4, 3)
    for y, x in positions(4, 3):
        for border in BORDERS:
            value, sample = bilinear_sample(X, y, x, border)
            assert bilinear_value(X, sample) == value


def test_an_unknown_border_is_refused():
    with pytest.raises(ValueError, match=r"^border: expected 'zeros' or 'project', got 'reflect'$"):
        locate(0.0, 0.0, 2, 2, "reflect")


def test_an_image_that_is_no_floating_array_is_refused():
    with pytest.raises(
        TypeError, match=r"^image: expected a floating-point NumPy array .*, got dtype int64$"
    ):
        bilinear_sample(np.ones((2, 2), np.int64), 0.0, 0.0)
    with pytest.raises(TypeError, match=r"^image: expected a floating-point NumPy array .*, got list$"):
        bilinear_sample([[1.0]], 0.0, 0.0)
    with pytest.raises(TypeError, match=r"^image: .*, got dtype bool$"):
        bilinear_sum(np.ones((2, 2), bool), 0.0, 0.0)


def test_an_image_with_more_axes_or_no_pixels_is_refused():
    with pytest.raises(ValueError, match=r"^image: expected .* of shape \(H, W\), got shape \(1, 2, 2\)$"):
        bilinear_sample(np.ones((1, 2, 2)), 0.0, 0.0)
    with pytest.raises(ValueError, match=r"^image: expected at least one W of \(H, W\), got \(2, 0\)$"):
        bilinear_sample(np.ones((2, 0)), 0.0, 0.0)


def test_a_size_that_is_no_positive_integer_is_refused():
    with pytest.raises(ValueError, match=r"^height: expected an integer of at least 1, got 0$"):
        locate(0.0, 0.0, 0, 2)
    with pytest.raises(TypeError, match=r"^width: expected an integer of at least 1, got 2\.0$"):
        locate(0.0, 0.0, 2, 2.0)
