import numpy as np
import pytest
import torch
import torch.nn.functional as F
from deformable_cases import cotangent, geometry_grid

from dcn_course import reference
from dcn_course.ops import _parts, conv2d, convolution
from dcn_course.ops.backends.numba import convolution as compiled_convolution

GEOMETRIES = geometry_grid()


@pytest.fixture(autouse=True, params=["compiled", "by PyTorch's operations"])
def way(request, monkeypatch):
    """Every test runs on both ways of computing."""
    if request.param != "compiled":
        monkeypatch.setattr(convolution, "compiled_convolution", lambda *tensors: None)
    return request.param


def tensors(kernel=(3, 2), groups=1, bias=True, images=3, channels=4, outputs=6, size=(7, 6), seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    shapes = [(images, channels, *size), (outputs, channels // groups, *kernel)]
    return [normal(*shape) for shape in shapes] + [normal(outputs) if bias else None]


def output_and_gradients(function, arguments, *geometry):
    output = function(*arguments, *geometry)
    leaves = [tensor for tensor in arguments if tensor is not None]
    return [output.detach(), *torch.autograd.grad(output, leaves, cotangent(output))]


@pytest.mark.equation("convolution-matmul")
@pytest.mark.equation("gradient-weight")
@pytest.mark.equation("gradient-bias")
@pytest.mark.equation("gradient-columns")
@pytest.mark.equation("gradient-input-convolution")
@pytest.mark.equation("im2col")
@pytest.mark.equation("col2im")
@pytest.mark.equation("output-size")
@pytest.mark.parametrize(("stride", "padding", "dilation", "kernel"), GEOMETRIES)
def test_output_and_gradients_equal_torch(stride, padding, dilation, kernel):
    for groups in (1, 2):
        for bias in (True, False):
            arguments = tensors(kernel, groups, bias)
            geometry = (stride, padding, dilation, groups)
            ours = output_and_gradients(conv2d, arguments, *geometry)
            theirs = output_and_gradients(F.conv2d, arguments, *geometry)
            for our, their in zip(ours, theirs, strict=True):
                torch.testing.assert_close(our, their, rtol=0, atol=1e-10)


@pytest.mark.parametrize("groups", [1, 2])
def test_output_and_gradients_equal_the_specification(groups):
    stride, padding, dilation = (2, 1), (1, 2), (1, 2)
    arguments = tensors(groups=groups)
    X, K, b = (tensor.detach().numpy() for tensor in arguments)
    geometry = (stride, padding, dilation, groups)
    output, grad_X, grad_K, grad_b = output_and_gradients(conv2d, arguments, *geometry)
    delta = cotangent(output).numpy()
    close = {"rtol": 0, "atol": 1e-12}
    np.testing.assert_allclose(output, reference.conv2d(X, K, b, *geometry), **close)
    np.testing.assert_allclose(grad_X, reference.conv2d_grad_input(delta, K, X.shape, *geometry), **close)
    np.testing.assert_allclose(grad_K, reference.conv2d_grad_weight(delta, X, K.shape, *geometry), **close)
    np.testing.assert_allclose(grad_b, reference.conv2d_grad_bias(delta), **close)


def test_gradcheck_accepts_every_gradient():
    arguments = tensors(images=2, channels=2, outputs=2, size=(5, 4), groups=2)
    assert torch.autograd.gradcheck(lambda *a: conv2d(*a, (2, 1), (0, 1), 1, 2), arguments)


def test_an_int_means_the_same_in_both_axes():
    X, K, b = tensors(kernel=(2, 2))
    assert torch.equal(conv2d(X, K, b, 2, 1, 2), conv2d(X, K, b, (2, 2), (1, 1), [2, 2]))


def test_the_memory_layout_of_any_tensor_does_not_matter():
    X, K, b = tensors()
    expected = output_and_gradients(conv2d, (X, K, b))
    X_last = X.detach().to(memory_format=torch.channels_last).requires_grad_()
    K_turned = K.detach().transpose(0, 3).contiguous().transpose(0, 3).requires_grad_()
    b_spread = b.detach().repeat_interleave(2)[::2].requires_grad_()
    assert not (X_last.is_contiguous())
    assert not (K_turned.is_contiguous())
    assert not (b_spread.is_contiguous())
    for one, other in zip(output_and_gradients(conv2d, (X_last, K_turned, b_spread)), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layout", ["expanded", "turned"])
def test_the_memory_layout_of_the_cotangent_does_not_matter(layout):
    X, K, b = tensors()
    output = conv2d(X, K, b)
    delta = torch.ones(1).double().expand_as(output)
    if layout == "turned":
        delta = cotangent(output).mT.contiguous().mT
    assert not delta.is_contiguous()
    expected = torch.autograd.grad(F.conv2d(X, K, b), (X, K, b), delta.contiguous())
    for one, other in zip(torch.autograd.grad(output, (X, K, b), delta), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_an_empty_batch_gives_an_empty_output_and_zero_parameter_gradients():
    X, K, b = tensors(images=0)
    output, grad_X, grad_K, grad_b = output_and_gradients(conv2d, (X, K, b))
    assert output.shape == (0, 6, 5, 5)
    assert grad_X.shape == X.shape
    assert torch.equal(grad_K, torch.zeros_like(K))
    assert torch.equal(grad_b, torch.zeros_like(b))


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), (1, 2)])
def test_only_the_wanted_gradients_are_made(wanted):
    whole = output_and_gradients(conv2d, tensors())[1:]
    leaves = [tensor.detach().requires_grad_(i in wanted) for i, tensor in enumerate(tensors())]
    output = conv2d(*leaves)
    output.backward(cotangent(output))
    for i, leaf in enumerate(leaves):
        if i in wanted:
            torch.testing.assert_close(leaf.grad, whole[i], rtol=0, atol=1e-12)
        else:
            assert leaf.grad is None


@pytest.mark.parametrize("limit", [1, 2 * 4 * 6 * 5, 2 * 4 * 6 * 25])
@pytest.mark.parametrize("geometry", [(), ((2, 1), (1, 0), (1, 2))], ids=str)
def test_the_result_does_not_depend_on_how_batch_and_image_are_split(monkeypatch, limit, geometry):
    arguments = tensors(images=5)
    whole = output_and_gradients(conv2d, arguments, *geometry)
    monkeypatch.setattr(_parts, "_CPU_ENTRIES", limit)
    monkeypatch.setattr(compiled_convolution, "TILE_ENTRIES", limit)
    for part, all_at_once in zip(output_and_gradients(conv2d, arguments, *geometry), whole, strict=True):
        torch.testing.assert_close(part, all_at_once, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1)])
def test_other_floating_dtypes_are_kept(dtype, tolerance):
    exact = output_and_gradients(F.conv2d, tensors())
    arguments = [tensor.detach().to(dtype).requires_grad_() for tensor in tensors()]
    output = conv2d(*arguments)
    output.backward(cotangent(output).to(dtype))
    for ours, right in zip([output, *(t.grad for t in arguments)], exact, strict=True):
        assert ours.dtype == dtype
        scale = right.abs().max()
        torch.testing.assert_close(ours.double() / scale, right / scale, rtol=0, atol=tolerance)


def test_repeating_gives_the_same_bits():
    X, K, b = (t.detach().float().requires_grad_() for t in tensors(images=40, size=(30, 31), outputs=16))
    first = output_and_gradients(conv2d, (X, K, b))
    for _ in range(3):
        again = output_and_gradients(conv2d, (X, K, b))
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_the_compiled_way_serves_what_it_can_and_nothing_else(way, monkeypatch):
    served = []
    forward = compiled_convolution.forward
    monkeypatch.setattr(compiled_convolution, "forward", lambda *a: served.append(len(a[0])) or forward(*a))
    X, K, b = tensors()
    conv2d(X, K, b)
    conv2d(X.bfloat16(), K.bfloat16(), b.bfloat16())
    assert served == ([3] if way == "compiled" else [])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_threads_do_not_change_the_result(threads):
    arguments = tensors(images=5, channels=3, outputs=4)
    expected = output_and_gradients(F.conv2d, arguments, (1, 1), (2, 1))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = output_and_gradients(conv2d, arguments, (1, 1), (2, 1))
    finally:
        torch.set_num_threads(before)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
