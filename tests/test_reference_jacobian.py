import numpy as np
import pytest

from dcn_course.reference import numerical_gradient, numerical_jacobian

A = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 4.0]])


@pytest.mark.equation("central-difference")
def test_the_jacobian_of_a_linear_map_is_its_matrix():
    J = numerical_jacobian(lambda x: A @ x, np.array([0.3, -0.7, 2.0]))
    assert J.dtype == np.float64
    np.testing.assert_allclose(J, A, atol=1e-8)


@pytest.mark.equation("central-difference")
def test_the_difference_is_central_so_its_error_is_the_third_derivative_times_eps_squared_over_six():
    x = np.array([0.4])
    error = numerical_jacobian(np.exp, x, eps=1e-2)[0, 0] - np.exp(x[0])
    # A forward difference would be off by eps / 2 times the value, a hundred times more.
    assert error == pytest.approx(np.exp(x[0]) * 1e-4 / 6, rel=1e-3)


def test_rows_are_outputs_and_columns_are_inputs_in_c_order():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    J = numerical_jacobian(lambda x: x.T * x[0, 0], x)
    expected = np.zeros((3, 2, 2, 3))
    for i, j in np.ndindex(2, 3):
        expected[j, i, i, j] += x[0, 0]
        expected[j, i, 0, 0] += x[i, j]
    np.testing.assert_allclose(J, expected.reshape(6, 6), atol=1e-8)


def test_the_gradient_is_the_transposed_jacobian_times_the_cotangent():
    rng = np.random.default_rng(1)
    x, δ = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    gradient = numerical_gradient(lambda x: x.T**2, x, δ)
    assert gradient.shape == x.shape
    np.testing.assert_allclose(gradient, 2 * x * δ.T, atol=1e-8)


def test_a_function_may_return_a_number():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(numerical_jacobian(lambda x: x @ x, x), [[2.0, 4.0]], atol=1e-8)
    np.testing.assert_allclose(numerical_gradient(lambda x: x @ x, x, np.array(3.0)), [6.0, 12.0], atol=1e-8)


def test_an_array_without_axes_is_one_number():
    np.testing.assert_allclose(numerical_jacobian(np.sin, np.array(0.5)), [[np.cos(0.5)]], atol=1e-8)


def test_across_a_kink_the_result_is_the_mean_of_the_two_slopes():
    np.testing.assert_allclose(
        numerical_jacobian(lambda x: np.maximum(x, 0), np.zeros(1)), [[0.5]], atol=1e-8
    )


def test_any_memory_layout_will_do_and_a_function_that_writes_into_its_argument_does_no_harm():
    def f(x):
        x *= 2
        return x[:, 0]

    x = np.arange(12.0).reshape(3, 4)[:, ::2]
    before = x.copy()
    expected = np.zeros((3, 6))
    expected[[0, 1, 2], [0, 2, 4]] = 2
    np.testing.assert_allclose(numerical_jacobian(f, x), expected, atol=1e-8)
    np.testing.assert_array_equal(x, before)


def test_a_function_that_returns_one_buffer_again_and_again_is_evaluated_properly():
    buffer = np.zeros(1)

    def f(x):
        buffer[:] = x**2
        return buffer

    np.testing.assert_allclose(numerical_jacobian(f, np.array([3.0])), [[6.0]], atol=1e-7)


@pytest.mark.parametrize(
    ("x", "came"),
    [
        (np.zeros(2, np.float32), "float32"),
        (np.zeros(2, np.int64), "int64"),
        ([0.0, 1.0], "list"),
        (1.0, "float"),
    ],
)
def test_an_x_that_is_not_a_float64_array_is_refused(x, came):
    with pytest.raises(TypeError, match=f"^x: expected a float64 array .*, got {came}$"):
        numerical_jacobian(lambda x: x, x)
    with pytest.raises(TypeError, match=f"^x: expected a float64 array .*, got {came}$"):
        numerical_gradient(lambda x: x, x, np.zeros(2))


def test_a_function_that_computes_in_less_than_float64_is_refused():
    with pytest.raises(TypeError, match=r"^f\(x\): expected a float64 array .*, got float32$"):
        numerical_jacobian(lambda x: x.astype(np.float32), np.zeros(2))


def test_a_cotangent_in_float32_is_refused():
    with pytest.raises(TypeError, match=r"^grad_output: expected a float64 array .*, got float32$"):
        numerical_gradient(lambda x: x, np.zeros(2), np.zeros(2, np.float32))


def test_a_cotangent_of_another_shape_than_the_output_is_refused():
    with pytest.raises(
        ValueError, match=r"^grad_output: expected the shape of f\(x\), \(2,\), got \(1, 2\)$"
    ):
        numerical_gradient(lambda x: x, np.zeros(2), np.zeros((1, 2)))


@pytest.mark.parametrize("eps", [0.0, -1e-6, np.inf, np.nan])
def test_a_step_that_is_no_positive_finite_number_is_refused(eps):
    with pytest.raises(ValueError, match=r"^eps: expected a positive finite number, got "):
        numerical_jacobian(lambda x: x, np.zeros(2), eps)
