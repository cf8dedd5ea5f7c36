import numpy as np
import pytest

from dcn_course.reference import (
    col2im,
    conv2d,
    conv2d_grad_bias,
    conv2d_grad_input,
    conv2d_grad_weight,
    im2col,
    matmul_columns,
    matmul_grad_columns,
    matmul_grad_weight,
    numerical_gradient,
    output_size,
)

# (N, C1, H, W), (C2, kH, kW), stride, padding, dilation, groups
CASES = [
    ((1, 1, 4, 5), (1, 1, 1), 1, 0, 1, 1),
    ((2, 3, 5, 4), (2, 3, 2), 1, 0, 1, 1),
    ((2, 2, 5, 6), (3, 2, 3), (2, 1), (1, 2), 1, 1),
    ((1, 4, 6, 5), (6, 3, 1), (1, 3), (2, 0), (2, 1), 2),
    ((2, 3, 4, 7), (3, 2, 3), (2, 3), (3, 1), (1, 3), 3),
    ((1, 2, 3, 3), (4, 3, 3), 2, 2, 2, 2),
    ((1, 2, 2, 1), (2, 2, 3), (1, 2), (0, 3), (1, 2), 1),
]
cases = pytest.mark.parametrize(("shape", "kernel", "stride", "padding", "dilation", "groups"), CASES)


def arrays(shape, kernel, stride, padding, dilation, groups, seed=0):
    """Input, weight, bias, and a cotangent of the output."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    weight = rng.normal(size=(kernel[0], shape[1] // groups, *kernel[1:]))
    bias = rng.normal(size=kernel[0])
    output = conv2d(x, weight, bias, stride, padding, dilation, groups)
    return x, weight, bias, rng.normal(size=output.shape)


@pytest.mark.equation("convolution")
def test_a_convolution_as_computed_by_hand():
    X = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    K = np.array([[[[1.0, 10.0]]]])
    b = np.array([0.5])
    # The kernel is not flipped: its first tap meets the left pixel.
    np.testing.assert_array_equal(conv2d(X, K, b), [[[[21.5, 32.5], [54.5, 65.5]]]])
    padded = conv2d(X, K, b, stride=(1, 2), padding=(0, 1))
    np.testing.assert_array_equal(padded, [[[[10.5, 32.5], [40.5, 65.5]]]])


@pytest.mark.equation("im2col")
def test_columns_as_laid_out_by_hand():
    X = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    X = np.concatenate([X, 10 * X], axis=1)
    A = im2col(X, (2, 2))
    rows = np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]])
    np.testing.assert_array_equal(A, [np.concatenate([rows, 10 * rows])])


@pytest.mark.equation("output-size")
@pytest.mark.parametrize("size", [1, 4, 7])
@pytest.mark.parametrize("kernel_size", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 5])
@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_output_size_counts_the_places_where_the_kernel_fits(
    size, kernel_size, stride, padding, dilation
):
    last_tap = dilation * (kernel_size - 1)
    places = [p for p in range(-padding, size + padding, stride) if p + last_tap < size + padding]
    if places:
        assert output_size(size, kernel_size, stride, padding, dilation) == len(places)
    else:
        with pytest.raises(ValueError, match=r"^kernel_size: expected a reach of at most the "):
            output_size(size, kernel_size, stride, padding, dilation)


@pytest.mark.equation("convolution")
@cases
def test_convolution_and_its_gradients_are_those_of_torch(shape, kernel, stride, padding, dilation, groups):
    torch = pytest.importorskip("torch")
    geometry = (stride, padding, dilation, groups)
    x, weight, bias, δ = arrays(shape, kernel, *geometry)
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    theirs = torch.nn.functional.conv2d(*tensors, *geometry)
    theirs.backward(torch.tensor(δ))
    ours = [
        conv2d(x, weight, bias, *geometry),
        conv2d_grad_input(δ, weight, x.shape, *geometry),
        conv2d_grad_weight(δ, x, weight.shape, *geometry),
        conv2d_grad_bias(δ),
    ]
    for our, their in zip(ours, [theirs.detach(), *(t.grad for t in tensors)], strict=True):
        np.testing.assert_allclose(our, their.numpy(), rtol=0, atol=1e-12)


@pytest.mark.equation("gradient-input-convolution")
@pytest.mark.equation("gradient-weight")
@pytest.mark.equation("gradient-bias")
@cases
def test_the_gradients_of_convolution_are_the_numerical_ones(
    shape, kernel, stride, padding, dilation, groups
):
    geometry = (stride, padding, dilation, groups)
    x, weight, bias, δ = arrays(shape, kernel, *geometry)

    def check(ours, f, argument):
        # The output is linear in each argument: a large step is exact and rounds less.
        assert ours.shape == argument.shape
        np.testing.assert_allclose(ours, numerical_gradient(f, argument, δ, eps=0.5), rtol=0, atol=1e-11)

    check(
        conv2d_grad_input(δ, weight, x.shape, *geometry),
        lambda x: conv2d(x, weight, bias, *geometry),
        x,
    )
    check(
        conv2d_grad_weight(δ, x, weight.shape, *geometry),
        lambda weight: conv2d(x, weight, bias, *geometry),
        weight,
    )
    check(conv2d_grad_bias(δ), lambda bias: conv2d(x, weight, bias, *geometry), bias)


@pytest.mark.equation("im2col")
@pytest.mark.equation("convolution-matmul")
@cases
def test_the_kernel_times_the_columns_is_the_convolution(shape, kernel, stride, padding, dilation, groups):
    x, weight, bias, δ = arrays(shape, kernel, stride, padding, dilation, groups)
    columns = im2col(x, weight.shape[2:], stride, padding, dilation)
    Y = matmul_columns(weight, columns, bias).reshape(δ.shape)
    np.testing.assert_allclose(
        Y, conv2d(x, weight, bias, stride, padding, dilation, groups), rtol=0, atol=1e-12
    )
    without_bias = matmul_columns(weight, columns).reshape(δ.shape)
    np.testing.assert_allclose(
        without_bias, conv2d(x, weight, None, stride, padding, dilation, groups), rtol=0, atol=1e-12
    )


@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("gradient-weight")
@cases
def test_the_gradients_of_the_matrix_product_are_the_numerical_ones(
    shape, kernel, stride, padding, dilation, groups
):
    x, weight, bias, δ = arrays(shape, kernel, stride, padding, dilation, groups)
    columns = im2col(x, weight.shape[2:], stride, padding, dilation)
    δ = δ.reshape(*δ.shape[:2], -1)
    grad_columns = numerical_gradient(lambda A: matmul_columns(weight, A, bias), columns, δ, eps=0.5)
    np.testing.assert_allclose(matmul_grad_columns(δ, weight, groups), grad_columns, rtol=0, atol=1e-11)
    grad_weight = numerical_gradient(lambda K: matmul_columns(K, columns, bias), weight, δ, eps=0.5)
    np.testing.assert_allclose(matmul_grad_weight(δ, columns, weight.shape), grad_weight, rtol=0, atol=1e-11)


@pytest.mark.equation("col2im")
@cases
def test_col2im_is_the_transpose_of_im2col(shape, kernel, stride, padding, dilation, groups):
    rng = np.random.default_rng(3)
    X = rng.normal(size=shape)
    columns = im2col(X, kernel[1:], stride, padding, dilation)
    A = rng.normal(size=columns.shape)
    image = col2im(A, shape, kernel[1:], stride, padding, dilation)
    assert image.shape == X.shape
    assert (columns * A).sum() == pytest.approx((X * image).sum(), abs=1e-12)


@pytest.mark.equation("col2im")
def test_col2im_of_im2col_counts_how_often_each_pixel_is_read():
    counts = col2im(im2col(np.ones((1, 1, 3, 4)), (2, 3)), (1, 1, 3, 4), (2, 3))
    np.testing.assert_array_equal(counts[0, 0], [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])


def test_an_integer_stands_for_the_same_in_both_axes():
    x, weight, bias, δ = arrays((1, 2, 6, 7), (2, 2, 3), 2, 1, 2, 1)
    one, two = (2, 1, 2), ((2, 2), (1, 1), (2, 2))
    np.testing.assert_array_equal(conv2d(x, weight, bias, *one), conv2d(x, weight, bias, *two))
    np.testing.assert_array_equal(im2col(x, 3, *one), im2col(x, (3, 3), *two))
    np.testing.assert_array_equal(
        conv2d_grad_input(δ, weight, x.shape, *one), conv2d_grad_input(δ, weight, x.shape, *two)
    )


def test_an_empty_batch_gives_an_empty_output_and_zero_gradients():
    x, weight, bias = np.zeros((0, 4, 5, 4)), np.ones((6, 2, 2, 3)), np.ones(6)
    output = conv2d(x, weight, bias, groups=2)
    assert output.shape == (0, 6, 4, 2)
    assert conv2d_grad_input(output, weight, x.shape, groups=2).shape == x.shape
    np.testing.assert_array_equal(conv2d_grad_weight(output, x, weight.shape, groups=2), 0 * weight)
    np.testing.assert_array_equal(conv2d_grad_bias(output), 0 * bias)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_dtype_of_the_arguments(dtype):
    geometry = ((2, 1), (1, 2), 1, 2)
    x, weight, bias, δ = (a.astype(dtype) for a in arrays((1, 2, 4, 5), (2, 2, 3), *geometry))
    columns = im2col(x, weight.shape[2:], *geometry[:3])
    results = [
        columns,
        conv2d(x, weight, bias, *geometry),
        conv2d_grad_input(δ, weight, x.shape, *geometry),
        conv2d_grad_weight(δ, x, weight.shape, *geometry),
        conv2d_grad_bias(δ),
        col2im(columns, x.shape, weight.shape[2:], *geometry[:3]),
        matmul_columns(weight, columns, bias),
    ]
    assert {result.dtype for result in results} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("name", "least"), [("size", 1), ("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)]
)
def test_the_output_size_is_asked_for_with_integers_in_their_range(name, least):
    arguments = {"size": 5, "kernel_size": 3}
    with pytest.raises(
        ValueError, match=f"^{name}: expected an integer of at least {least}, got {least - 1}$"
    ):
        output_size(**arguments | {name: least - 1})
    for value in (2.5, 3.0, True, "3"):
        with pytest.raises(
            TypeError, match=rf"^{name}: expected an integer of at least {least}, got {value!r}$"
        ):
            output_size(**arguments | {name: value})


X = np.ones((2, 4, 5, 6))
K = np.ones((6, 2, 3, 2))
b = np.ones(6)
Y = np.ones((2, 6, 3, 5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: conv2d(X.tolist(), K, b, groups=2),
            TypeError,
            r"input: expected .*\(N, C1, H, W\), got list",
        ),
        (lambda: conv2d(X.astype(int), K, b, groups=2), TypeError, "input: .*, got dtype int64"),
        (lambda: conv2d(X[0], K, b, groups=2), ValueError, r"input: .*, got shape \(4, 5, 6\)"),
        (
            lambda: conv2d(X[:, :, :0], K, b, groups=2),
            ValueError,
            r"input: expected at least one H of \(N, C1, H, W\), got \(2, 4, 0, 6\)",
        ),
        (
            lambda: conv2d(X, K.astype(np.float32), b, groups=2),
            TypeError,
            "weight: expected the dtype of input, float64, got float32",
        ),
        (
            lambda: conv2d(X, K, b.astype(np.float32), groups=2),
            TypeError,
            "bias: expected the dtype of input, float64, got float32",
        ),
        (lambda: conv2d(X, K[0], b, groups=2), ValueError, r"weight: .*, got shape \(2, 3, 2\)"),
        (
            lambda: conv2d(X, K, b),
            ValueError,
            r"weight: expected 4 input maps / 1 groups in axis 1, got shape \(6, 2, 3, 2\)",
        ),
        (
            lambda: conv2d(X, K[:5], b[:5], groups=2),
            ValueError,
            r"weight: expected a multiple of 2 groups in axis 0, got shape \(5, 2, 3, 2\)",
        ),
        (lambda: conv2d(X, K, b, groups=0), ValueError, "groups: expected an integer of at least 1, got 0"),
        (lambda: conv2d(X, K, b, groups=2.0), TypeError, r"groups: expected an integer .*, got 2\.0"),
        (
            lambda: conv2d(X, K, b[:5], groups=2),
            ValueError,
            r"bias: expected shape \(C2,\) = \(6,\), got \(5,\)",
        ),
        (
            lambda: conv2d(X, K, b[None], groups=2),
            ValueError,
            r"bias: expected .* of shape \(C2\), got shape \(1, 6\)",
        ),
        (
            lambda: conv2d(X, K, b, dilation=3, groups=2),
            ValueError,
            "kernel_size: expected a reach of at most the 5 pixels of the padded input,"
            " got 3 taps with dilation 3, which reach over 7",
        ),
        (
            lambda: conv2d(X, K, b, stride=0, groups=2),
            ValueError,
            r"stride: expected an integer or a pair \(y, x\) of integers, each at least 1, got 0",
        ),
        (lambda: conv2d(X, K, b, stride=(1, 2, 3), groups=2), ValueError, r"stride: .*, got \(1, 2, 3\)"),
        (lambda: conv2d(X, K, b, stride=1.0, groups=2), TypeError, r"stride: .*, got 1\.0"),
        (lambda: conv2d(X, K, b, stride=True, groups=2), TypeError, "stride: .*, got True"),
        (lambda: conv2d(X, K, b, stride=(1, 2.0), groups=2), TypeError, r"stride: .*, got \(1, 2\.0\)"),
        (
            lambda: conv2d(X, K, b, padding=(0, -1), groups=2),
            ValueError,
            r"padding: .* each at least 0, got \(0, -1\)",
        ),
        (lambda: conv2d(X, K, b, dilation=0, groups=2), ValueError, "dilation: .* each at least 1, got 0"),
        (lambda: im2col(X, 0), ValueError, "kernel_size: .* each at least 1, got 0"),
        (lambda: im2col(X[0], 2), ValueError, r"input: .*, got shape \(4, 5, 6\)"),
        (
            lambda: col2im(np.ones((2, 24, 14)), X.shape, (3, 2)),
            ValueError,
            r"columns: expected shape \(N, C1 \* kH \* kW, Hout \* Wout\) = \(2, 24, 15\), got \(2, 24, 14\)",
        ),
        (lambda: col2im(np.ones((2, 24)), X.shape, (3, 2)), ValueError, r"columns: .*, got shape \(2, 24\)"),
        (
            lambda: col2im(np.ones((2, 24, 15)), (4, 5, 6), (3, 2)),
            ValueError,
            r"input_shape: expected the shape \(N, C1, H, W\), got \(4, 5, 6\)",
        ),
        (
            lambda: col2im(np.ones((2, 24, 15)), (2, 4, 5, 6.0), (3, 2)),
            TypeError,
            r"input_shape: expected the shape \(N, C1, H, W\) of integers, got \(2, 4, 5, 6\.0\)",
        ),
        (
            lambda: col2im(np.ones((2, 24, 15)), (2, 4, 0, 6), (3, 2)),
            ValueError,
            r"input_shape: expected the shape .* with at least one H, got \(2, 4, 0, 6\)",
        ),
        (
            lambda: conv2d_grad_input(Y[:, :, :2], K, X.shape, groups=2),
            ValueError,
            r"grad_output: expected shape \(N, C2, Hout, Wout\) = \(2, 6, 3, 5\), got \(2, 6, 2, 5\)",
        ),
        (
            lambda: conv2d_grad_input(Y.astype(np.float32), K, X.shape, groups=2),
            TypeError,
            "grad_output: expected the dtype of weight, float64, got float32",
        ),
        (
            lambda: conv2d_grad_weight(Y[:1], X, K.shape, groups=2),
            ValueError,
            r"grad_output: expected shape \(N, C2, Hout, Wout\) = \(2, 6, 3, 5\), got \(1, 6, 3, 5\)",
        ),
        (
            lambda: conv2d_grad_weight(Y, X, K.shape),
            ValueError,
            r"weight: expected 4 input maps / 1 groups in axis 1, got shape \(6, 2, 3, 2\)",
        ),
        (
            lambda: conv2d_grad_weight(Y.astype(np.float32), X, K.shape, groups=2),
            TypeError,
            "grad_output: expected the dtype of input, float64, got float32",
        ),
        (lambda: conv2d_grad_bias(Y[0]), ValueError, r"grad_output: .*, got shape \(6, 3, 5\)"),
        (
            lambda: matmul_columns(K, np.ones((2, 23, 15))),
            ValueError,
            r"columns: expected a multiple of 12 rows in axis 1, got shape \(2, 23, 15\)",
        ),
        (
            lambda: matmul_columns(K, np.ones((2, 24, 15)), b[:5]),
            ValueError,
            r"bias: expected shape \(C2,\) = \(6,\), got \(5,\)",
        ),
        (
            lambda: matmul_columns(K[:5], np.ones((2, 24, 15))),
            ValueError,
            r"weight: expected a multiple of 2 groups in axis 0, got shape \(5, 2, 3, 2\)",
        ),
        (
            lambda: matmul_grad_weight(np.ones((2, 6, 14)), np.ones((2, 24, 15)), K.shape),
            ValueError,
            r"grad_output: expected shape \(N, C2, L\) = \(2, 6, 15\), got \(2, 6, 14\)",
        ),
        (
            lambda: matmul_grad_columns(np.ones((2, 5, 15)), K, 2),
            ValueError,
            r"grad_output: expected shape \(N, C2, L\) = \(2, 6, 15\), got \(2, 5, 15\)",
        ),
    ],
)
def test_an_argument_that_does_not_fit_is_named_with_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        call()
