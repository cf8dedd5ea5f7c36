"""Any shape and any parameters, drawn by hypothesis: the operators against torchvision and each other."""

from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F
import torchvision
from deformable_cases import Case, gradients, make_case
from hypothesis import given, settings
from hypothesis import strategies as st

from dcn_course.ops import conv2d, deform_conv2d
from dcn_course.ops.backends import numba as numba_backend

# The same cases at each run, so that a failure is not a matter of luck.
same_cases = settings(derandomize=True, deadline=None, database=None, max_examples=250)


class Drawn(NamedTuple):
    case: Case
    groups: int
    dtype: torch.dtype


@st.composite
def deformable_convolutions(draw, least_images=0):
    """A case with every parameter drawn; offsets also on the lattice, far away, and huge; never NaN."""
    groups, offset_groups = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    channels = groups * offset_groups * draw(st.integers(1, 5))
    kernel, stride, padding, dilation, size = [], [], [], [], []
    for _ in range(2):
        kernel.append(draw(st.integers(1, 4)))
        stride.append(draw(st.integers(1, 3)))
        padding.append(draw(st.integers(0, 3)))
        dilation.append(draw(st.integers(1, 3)))
        least = max(1, dilation[-1] * (kernel[-1] - 1) + 1 - 2 * padding[-1])
        size.append(draw(st.integers(least, least + 8)))
    dtype = draw(st.sampled_from([torch.float64, torch.float32]))
    case = make_case(
        images=draw(st.integers(least_images, 3)),
        channels=channels,
        outputs=groups * draw(st.integers(1, 3)),
        size=tuple(size),
        kernel=tuple(kernel),
        stride=tuple(stride),
        padding=tuple(padding),
        dilation=tuple(dilation),
        groups=groups,
        offset_groups=offset_groups,
        mask=draw(st.booleans()),
        bias=draw(st.booleans()),
        reach=draw(st.sampled_from([0.3, 2.5, 30.0])),
        dtype=dtype,
        seed=draw(st.integers(0, 2**20)),
    )
    offset = case.tensors["offset"].flatten()
    special = draw(st.sampled_from([None, "lattice", 1e30, -1e30]))
    if special == "lattice":
        offset.round_()
    elif special is not None:
        offset[:: draw(st.integers(1, 7))] = special
    return Drawn(case, groups, dtype)


def assert_alike(ours, theirs, dtype, note=""):
    """Equal but for rounding: float32 sums of up to 1000 numbers that may cancel."""
    for name, tensor in theirs.items():
        assert (ours[name].shape, ours[name].dtype) == (tensor.shape, dtype)
        scale = max(1.0, float(tensor.abs().max())) if tensor.numel() else 1.0
        atol = scale * (1e-11 if dtype == torch.float64 else 1e-4)
        torch.testing.assert_close(
            ours[name], tensor, rtol=0, atol=atol, msg=lambda m, n=name: f"{n} {note}: {m}"
        )


@pytest.fixture(scope="module", params=["torch", "few_channels", "many_channels"])
def ours(request):
    """Each way to compute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba_backend, "few", lambda *_: request.param == "few_channels")
        backend = "torch" if request.param == "torch" else "numba"
        yield lambda *given, **options: deform_conv2d(*given, **options, backend=backend)


@same_cases
@given(drawn=deformable_convolutions(least_images=1))
def test_with_zeros_outside_all_is_as_torchvision_has_it(ours, drawn):
    theirs = gradients(torchvision.ops.deform_conv2d, drawn.case)
    assert_alike(gradients(ours, drawn.case), theirs, drawn.dtype, str(drawn.case[1:]))


@pytest.mark.parametrize("kernel", ["few_channels", "many_channels"])
@same_cases
@given(drawn=deformable_convolutions())
def test_with_projection_the_compiled_backend_does_what_the_portable_one_does(kernel, drawn):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba_backend, "few", lambda *_: kernel == "few_channels")
        found = gradients(deform_conv2d, drawn.case, border="project", backend="numba")
    theirs = gradients(deform_conv2d, drawn.case, border="project", backend="torch")
    assert_alike(found, theirs, drawn.dtype, str(drawn.case[1:]))


@same_cases
@given(drawn=deformable_convolutions())
def test_the_convolution_is_torchs(drawn):
    case = drawn.case
    plain = case._replace(tensors={**case.tensors, "offset": None, "mask": None})

    def of(function):
        def call(X, _, K, b, stride, padding, dilation, __):
            return function(X, K, b, stride, padding, dilation, drawn.groups)

        return gradients(call, plain)

    assert_alike(of(conv2d), of(F.conv2d), drawn.dtype)
