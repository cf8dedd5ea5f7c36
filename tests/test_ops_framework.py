"""The operators inside PyTorch: its compiler, its transforms, its modes, and the second derivative."""

import itertools

import pytest
import torch
from deformable_cases import ARGUMENTS, cotangent, gradients, make_case

from dcn_course.layers import DeformableConv2d, DeformConv2d
from dcn_course.lenet import LeNet5DC
from dcn_course.ops import _operator, conv2d, deform_conv2d

BACKENDS = ("torch", "numba")
BORDERS = ("zeros", "project")
each_backend = pytest.mark.parametrize("backend", BACKENDS)
each_border = pytest.mark.parametrize("border", BORDERS)


def assert_close(ours, theirs, atol=1e-10):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)


# As operators that PyTorch knows

SAMPLES = [
    {},
    {"mask": False, "bias": False, "dtype": torch.float32},
    {"groups": 2, "offset_groups": 2, "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    {"images": 0},
    {"images": 1, "channels": 1, "outputs": 1, "kernel": (1, 1)},
    {"channels": 36, "outputs": 36, "images": 1},
]


def operator_arguments(case, *more, requires_grad=False):
    t = {n: None if v is None else v.clone().requires_grad_(requires_grad) for n, v in case.tensors.items()}
    return tuple(t[name] for name in ARGUMENTS), (case.stride, case.padding, case.dilation, *more)


@each_backend
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_opcheck_accepts_the_deformable_convolution_and_its_backward(backend, sample):
    ops = torch.ops.dcn_course
    case = make_case(**sample)
    for border, requires_grad in itertools.product(BORDERS, (True, False)):
        tensors, numbers = operator_arguments(case, border, backend, requires_grad=requires_grad)
        torch.library.opcheck(ops.deform_conv2d.default, (*tensors, *numbers))
    delta = cotangent(deform_conv2d(*case.positional(), backend=backend))
    there = [tensor is not None for tensor in tensors]
    for wanted in (there, [False, True, *there[2:]], [False, False, False, True, False]):
        torch.library.opcheck(ops.deform_conv2d_backward.default, (delta, *tensors, *numbers, wanted))


@pytest.mark.parametrize(
    "sample", [{}, {"groups": 2, "bias": False, "stride": (2, 1)}, {"images": 0}], ids=str
)
def test_opcheck_accepts_the_convolution_and_its_backward(sample):
    case = make_case(**sample)
    geometry = (case.stride, case.padding, case.dilation)
    for requires_grad in (True, False):
        (X, _, _, K, b), _ = operator_arguments(case, requires_grad=requires_grad)
        torch.library.opcheck(torch.ops.dcn_course.conv2d.default, (X, K, b, *geometry))
    delta = cotangent(torch.ops.dcn_course.conv2d(X, K, b, *geometry))
    for wanted in ([True, True, b is not None], [False, True, False]):
        torch.library.opcheck(
            torch.ops.dcn_course.conv2d_backward.default, (delta, X, K, b, *geometry, wanted)
        )


@pytest.mark.parametrize("name", ["offset", "mask", "grad_output"])
def test_the_bare_operator_refuses_shapes_with_which_it_would_read_outside_memory(name):
    case = make_case()
    tensors, numbers = operator_arguments(case, "zeros", "numba")
    delta = cotangent(deform_conv2d(*case.positional()))
    if name == "grad_output":
        delta = delta[:1]
    else:
        tensors = tuple(t[:1] if n == name else t for n, t in zip(ARGUMENTS, tensors, strict=True))
        with pytest.raises(ValueError, match=f"^{name}: expected the shape"):
            torch.ops.dcn_course.deform_conv2d(*tensors, *numbers)
    with pytest.raises(ValueError, match=f"^{name}: expected the shape"):
        torch.ops.dcn_course.deform_conv2d_backward(delta, *tensors, *numbers, [True] * 5)


# Compiled


def loss_and_gradients(network, images):
    network.zero_grad()
    loss = network(images).square().sum()
    loss.backward()
    return [loss.detach(), *(parameter.grad.clone() for parameter in network.parameters())]


def lenet(**options):
    """LeNet-5-DC whose offsets are not zero."""
    torch.manual_seed(0)
    network = LeNet5DC(**options)
    with torch.no_grad():
        for layer in (network.conv1, network.conv2):
            layer.offset_predictor.weight.normal_(0, 0.2)
    return network


@each_backend
@pytest.mark.parametrize("dynamic", [False, True])
def test_the_whole_network_compiles_to_one_graph_and_back(backend, dynamic):
    torch.compiler.reset()
    network = lenet(backend=backend)
    # "aot_eager" does all of the compiler's work that can meet our operators, and needs no C++ compiler.
    compiled = torch.compile(network, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    for number in (3, 5, 7) if dynamic else (3,):
        images = torch.randn(number, 1, 32, 32, generator=torch.Generator().manual_seed(number))
        for ours, expected in zip(
            loss_and_gradients(compiled, images), loss_and_gradients(network, images), strict=True
        ):
            torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


@each_backend
def test_one_compiled_graph_serves_every_size_of_image_and_batch(backend):
    torch.compiler.reset()
    torch.manual_seed(0)
    layer = DeformableConv2d(2, 3, (3, 2), stride=(2, 1), padding=1, backend=backend)
    with torch.no_grad():
        layer.offset_predictor.weight.normal_(0, 0.3)
    graphs = []

    def counted(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend=counted)
    for shape in ((4, 2, 9, 8), (3, 2, 12, 17), (5, 2, 31, 11)):
        images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        assert torch.equal(compiled(images), layer(images))
    assert len(graphs) == 1


# Modes


@each_backend
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_without_autograd_the_output_is_the_same_and_nothing_is_recorded(backend, mode):
    case = make_case(groups=2, images=3)
    leaves = {name: tensor.requires_grad_() for name, tensor in case.given.items()}
    expected = deform_conv2d(*case.positional(**leaves), backend=backend)
    plain = conv2d(leaves["input"], leaves["weight"], groups=2)
    assert expected.requires_grad
    with mode():
        output = deform_conv2d(*case.positional(**leaves), backend=backend)
        assert torch.equal(output, expected)
        assert torch.equal(conv2d(leaves["input"], leaves["weight"], groups=2), plain)
        made_inside = {name: tensor.clone() for name, tensor in leaves.items()}
        assert torch.equal(deform_conv2d(*case.positional(**made_inside), backend=backend), expected)
    assert not output.requires_grad
    assert output.is_inference() == (mode is torch.inference_mode)


def autocast():
    return torch.autocast("cpu", dtype=torch.bfloat16)


@each_border
@each_backend
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_under_autocast_all_is_computed_in_float32_and_given_back_in_the_dtype_of_the_input(
    backend, border, dtype
):
    case = make_case(dtype=torch.bfloat16, groups=2, offset_groups=2)
    single = case._replace(tensors={name: tensor.float() for name, tensor in case.tensors.items()})
    expected = gradients(deform_conv2d, single, border=border, backend=backend)
    # As in a network: the activations in bfloat16 (or the first image in float32), the parameters in float32.
    leaves = {
        name: tensor.to(torch.float32 if name in ("weight", "bias") else dtype).requires_grad_()
        for name, tensor in case.given.items()
    }
    with autocast():
        output = deform_conv2d(*case.positional(**leaves), border=border, backend=backend)
    assert output.dtype == dtype
    assert torch.equal(output, expected["output"].to(dtype))
    delta = cotangent(expected["output"])
    found = torch.autograd.grad(output, list(leaves.values()), delta.to(dtype))
    for (name, leaf), grad in zip(leaves.items(), found, strict=True):
        assert grad.dtype == leaf.dtype
        scale = expected[name].abs().max()
        assert_close(grad.float() / scale, expected[name] / scale, 0.01 if dtype == torch.bfloat16 else 1e-5)


@each_backend
def test_a_backward_pass_inside_autocast_computes_in_float32_too(backend):
    case = make_case(dtype=torch.float32)
    expected = gradients(deform_conv2d, case, backend=backend)
    with autocast():
        found = gradients(deform_conv2d, case, backend=backend)
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[name]), name


def test_the_convolution_computes_in_float32_under_autocast():
    case = make_case(dtype=torch.float32)
    X, K = case.tensors["input"].requires_grad_(), case.tensors["weight"].requires_grad_()
    expected = conv2d(X, K)
    right = torch.autograd.grad(expected, (X, K), cotangent(expected))
    with autocast():
        output = conv2d(X, K)
        assert conv2d(X.bfloat16(), K).dtype == torch.bfloat16
        found = torch.autograd.grad(output, (X, K), cotangent(expected))
    assert torch.equal(output, expected)
    assert all(map(torch.equal, found, right))


def test_float64_stays_float64_under_autocast():
    case = make_case()
    with autocast():
        assert torch.equal(deform_conv2d(*case.positional()), deform_conv2d(*case.positional()).double())


def test_the_whole_network_learns_under_autocast():
    network, images = lenet(), torch.randn(3, 1, 32, 32)
    with autocast():
        scores = network(images)
    assert scores.dtype == torch.bfloat16
    scores.float().square().sum().backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.abs().max() > 0 for p in network.parameters())


# torch.func


def stacked_cases(number=3, **options):
    cases = [make_case(seed=seed, **options) for seed in range(number)]
    return cases, {name: torch.stack([case.tensors[name] for case in cases]) for name in cases[0].given}


@each_border
@each_backend
@pytest.mark.parametrize(
    "options", [{}, {"groups": 2, "offset_groups": 2, "mask": False, "bias": False}], ids=str
)
def test_vmap_gives_what_a_loop_gives_whatever_has_the_additional_axis(backend, border, options):
    cases, stacked = stacked_cases(**options)
    for number in (1, 2, len(stacked)):
        for mapped in itertools.combinations(stacked, number):
            in_dims = {name: (-1 if i % 2 else 0) for i, name in enumerate(mapped)}
            given = {name: stacked[name].movedim(0, dim) for name, dim in in_dims.items()}

            def function(some):
                return deform_conv2d(*cases[0].positional(**some), border=border, backend=backend)

            found = torch.vmap(function, in_dims=(in_dims,))(given)
            expected = [function({name: case.tensors[name] for name in mapped}) for case in cases]
            assert_close(found, torch.stack(expected))


@each_border
@each_backend
def test_vmap_of_grad_gives_the_gradients_of_each_sample(backend, border):
    cases, stacked = stacked_cases()
    delta = cotangent(deform_conv2d(*cases[0].positional()))

    def loss(tensors):
        return (deform_conv2d(*cases[0].positional(**tensors), border=border, backend=backend) * delta).sum()

    found = torch.vmap(torch.func.grad(loss))(stacked)
    for i, case in enumerate(cases):
        expected = gradients(deform_conv2d, case, border=border, backend=backend)
        for name, tensor in found.items():
            assert_close(tensor[i], expected[name])


@each_backend
def test_the_gradients_of_each_image_with_one_kernel_add_up_to_that_of_the_batch(backend):
    case = make_case(images=3, padding=(1, 1))
    whole = gradients(lambda *given: deform_conv2d(*given, backend=backend).square(), case)
    delta = cotangent(whole["output"])

    def loss(weight, X, offset, mask, delta):
        one = {"input": X[None], "offset": offset[None], "mask": mask[None], "weight": weight}
        return (deform_conv2d(*case.positional(**one), backend=backend).square() * delta).sum()

    each = torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0, 0, 0))(
        *(case.tensors[name] for name in ("weight", "input", "offset", "mask")), delta
    )
    assert each.shape == (3, *case.tensors["weight"].shape)
    assert_close(each.sum(0), whole["weight"], 1e-9)


@each_backend
def test_the_jacobian_of_torch_func_equals_one_cotangent_after_the_other(backend):
    case = make_case(images=1, channels=2, outputs=2, size=(4, 4), kernel=(2, 2))
    leaf = case.tensors["offset"].requires_grad_()
    output = deform_conv2d(*case.positional(), backend=backend)
    deltas = torch.eye(output.numel(), dtype=torch.float64).view(-1, *output.shape)
    expected = torch.stack([torch.autograd.grad(output, leaf, d, retain_graph=True)[0] for d in deltas])

    def function(offset):
        return deform_conv2d(*case.positional(offset=offset), backend=backend)

    assert_close(torch.func.jacrev(function)(leaf.detach()).view_as(expected), expected)


def test_vmap_and_grad_take_the_convolution():
    cases, stacked = stacked_cases(groups=2)
    names = ("input", "weight", "bias")

    def loss(X, K, b):
        return conv2d(X, K, b, (2, 1), (1, 2), groups=2).pow(3).sum()

    found = torch.vmap(torch.func.grad(loss, (0, 1, 2)))(*(stacked[name] for name in names))
    for i, case in enumerate(cases):
        leaves = [case.tensors[name].requires_grad_() for name in names]
        for ours, expected in zip(found, torch.autograd.grad(loss(*leaves), leaves), strict=True):
            assert_close(ours[i], expected, 1e-9)


@each_backend
def test_forward_mode_is_refused(backend):
    case = make_case()
    X = case.tensors["input"]

    def function(X):
        return deform_conv2d(*case.positional(input=X), backend=backend)

    with pytest.raises((NotImplementedError, RuntimeError), match=r"forward AD|forward mode|jvp"):
        torch.func.jvp(function, (X,), (torch.ones_like(X),))


# The second derivative

TWICE = [
    {},
    {"mask": False, "bias": False},
    {"groups": 2, "offset_groups": 2},
    {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
]


@each_border
@pytest.mark.parametrize("options", TWICE, ids=str)
def test_the_portable_backends_second_derivative_equals_the_numerical_one(border, options):
    case = make_case(images=1, channels=2, outputs=2, size=(4, 3), kernel=(2, 2), **options)
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in case.given.items()}

    def function(*values):
        given = case.positional(**dict(zip(leaves, values, strict=True)))
        return deform_conv2d(*given, border=border, backend="torch")

    assert torch.autograd.gradgradcheck(function, tuple(leaves.values()))


@pytest.mark.parametrize("groups", [1, 2])
def test_the_convolutions_second_derivative_equals_the_numerical_one(groups):
    case = make_case(images=2, channels=2, outputs=2, size=(4, 5), groups=groups)
    leaves = [case.tensors[name].requires_grad_() for name in ("input", "weight", "bias")]
    assert torch.autograd.gradgradcheck(lambda *a: conv2d(*a, (2, 1), (0, 1), groups=groups), leaves)


def test_the_second_derivative_does_not_depend_on_how_batch_and_image_are_split(monkeypatch):
    from dcn_course.ops import _parts

    def second():
        case = make_case(padding=(1, 1))
        leaves = {name: tensor.requires_grad_() for name, tensor in case.given.items()}
        output = deform_conv2d(*case.positional(**leaves), border="project", backend="torch")
        (grad,) = torch.autograd.grad(output.square().sum(), leaves["offset"], create_graph=True)
        return torch.autograd.grad(grad.square().sum(), list(leaves.values()))

    whole = second()
    monkeypatch.setattr(_parts, "_CPU_ENTRIES", 1)
    for ours, expected in zip(second(), whole, strict=True):
        torch.testing.assert_close(ours, expected)


@pytest.mark.equation("bilinear-derivative-y")
@pytest.mark.parametrize(
    ("border", "y", "x", "twist"),
    [
        # In the cell of (y, x) the mixed second derivative is X(a) - X(below) - X(right) + X(diagonal).
        ("zeros", 0.5, 0.5, 1 - 5 - 2 + 11),
        ("zeros", 0.0, 0.0, 1 - 5 - 2 + 11),
        ("zeros", -1.0, 0.0, 0 - 1 - 0 + 2),
        ("zeros", 1.0, 1.0, 11),
        ("zeros", 2.0, 0.0, 0),
        ("project", 0.0, 0.0, 1 - 5 - 2 + 11),
        ("project", 0.5, 1.0, 0),
        ("project", 1.0, 0.5, 0),
        ("project", -1.0, 0.5, 0),
    ],
)
def test_at_a_kink_the_second_derivative_too_is_the_one_to_the_right(border, y, x, twist):
    X = torch.tensor([[[[1.0, 2.0], [5.0, 11.0]]]], dtype=torch.float64)
    offset = torch.zeros(1, 2, 2, 2, dtype=torch.float64)
    offset[0, :, 0, 0] = torch.tensor([y, x])
    offset.requires_grad_()
    K = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    value = deform_conv2d(X, offset, K, border=border, backend="torch")[0, 0, 0, 0]
    for axis in (0, 1):
        (slope,) = torch.autograd.grad(value, offset, create_graph=True)
        (second,) = torch.autograd.grad(slope[0, axis, 0, 0], offset, retain_graph=True)
        assert second[0, 1 - axis, 0, 0].item() == twist
        assert second[0, axis, 0, 0].item() == 0


@each_backend
def test_the_gradients_own_derivative_is_prepared_only_where_it_can_be_asked_for(monkeypatch, backend):
    calls = []
    real = _operator._Gradients.apply
    monkeypatch.setattr(_operator._Gradients, "apply", lambda *given: calls.append(1) or real(*given))
    tensors, numbers = operator_arguments(make_case(), "zeros", backend, requires_grad=True)
    output = torch.ops.dcn_course.deform_conv2d(*tensors, *numbers)
    delta = cotangent(output)
    torch.autograd.grad(output, tensors, delta, retain_graph=True)
    constants = [tensor.detach() for tensor in tensors]
    torch.ops.dcn_course.deform_conv2d_backward(delta, *constants, *numbers, [True] * 5)
    with torch.no_grad():
        torch.ops.dcn_course.deform_conv2d_backward(delta, *tensors, *numbers, [True] * 5)
    assert not calls
    torch.autograd.grad(output, tensors, delta, create_graph=True)
    assert calls == [1]


def refuse():
    return pytest.raises(RuntimeError, match=r'^deform_conv2d: .*second derivative.*backend="torch"')


def test_the_compiled_backend_refuses_a_second_derivative_and_names_the_portable_one():
    case = make_case()
    X = case.tensors["input"].requires_grad_()
    output = deform_conv2d(*case.positional(), backend="numba")
    (grad,) = torch.autograd.grad(output, X, cotangent(output).requires_grad_(), create_graph=True)
    assert_close(grad, gradients(deform_conv2d, make_case())["input"])
    with refuse():
        grad.sum().backward()


def test_the_compiled_backend_refuses_a_second_derivative_of_torch_func():
    case = make_case()

    def slope(X):
        return torch.func.grad(lambda X: deform_conv2d(*case.positional(input=X)).square().sum())(X).sum()

    with refuse():
        torch.func.grad(slope)(case.tensors["input"])


def test_torch_func_gives_the_second_derivative_of_the_portable_backend():
    case = make_case(images=1, channels=1, outputs=1, size=(3, 4), kernel=(2, 2), mask=False)

    def loss(offset):
        return deform_conv2d(*case.positional(offset=offset), backend="torch").pow(3).sum()

    offset = case.tensors["offset"]
    expected = torch.autograd.functional.hessian(loss, offset)
    assert expected.abs().max() > 1
    assert_close(torch.func.jacrev(torch.func.jacrev(loss))(offset), expected)

    def slope(offset):
        return (torch.func.grad(loss)(offset) * direction).sum()

    direction = cotangent(offset)
    by_direction = (expected.view(offset.numel(), -1) @ direction.flatten()).view_as(offset)
    assert_close(torch.func.grad(slope)(offset), by_direction)


@each_border
def test_the_whole_layer_of_the_portable_backend_has_a_second_derivative(border):
    torch.manual_seed(0)
    layer = DeformableConv2d(2, 2, 2, border=border, backend="torch", dtype=torch.float64)
    with torch.no_grad():
        layer.offset_predictor.weight.normal_(0, 0.5)
        layer.offset_predictor.bias.normal_(0, 0.5)
    X = torch.randn(1, 2, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    offset = layer.offset_predictor(X)
    assert (offset - offset.round()).abs().min() > 1e-3
    assert torch.autograd.gradgradcheck(layer, X.requires_grad_())


def test_a_layer_in_inference_mode_gives_what_it_gives_elsewhere():
    torch.manual_seed(0)
    layer, X, offset = DeformConv2d(2, 3, 3), torch.randn(2, 2, 7, 6), torch.randn(2, 18, 5, 4)
    expected = layer(X, offset).detach()
    with torch.inference_mode():
        assert torch.equal(layer(X, offset), expected)
