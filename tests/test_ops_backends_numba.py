"""The compiled backend beyond what test_ops_deformable checks on every backend."""

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from deformable_cases import ARGUMENTS, gradients, make_case

from dcn_course.layers import DeformConv2d
from dcn_course.ops import backends, deform_conv2d
from dcn_course.ops._arguments import Geometry
from dcn_course.ops.backends import numba as numba_backend
from dcn_course.ops.backends.numba import (
    few_channels,
    few_channels_kernel,
    many_channels,
    many_channels_kernel,
    openmp,
    plan,
    threads,
)
from dcn_course.ops.backends.numba.simd import LANES

ROOT = Path(__file__).parents[1]
BORDERS = ("zeros", "project")
KERNELS = ("few_channels", "many_channels")
each_kernel = pytest.mark.parametrize("kernel", KERNELS)


def use(kernel, monkeypatch):
    monkeypatch.setattr(numba_backend, "few", lambda *_: kernel == "few_channels")


def compare(case, border, tolerance=1e-12, **options):
    """Our output and gradients against the portable backend's, relative to the largest number."""
    ours = gradients(deform_conv2d, case, border=border, backend="numba")
    theirs = gradients(deform_conv2d, case, border=border, backend="torch")
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert tensor.dtype == theirs[name].dtype
        scale = theirs[name].nan_to_num().abs().max() if theirs[name].numel() else 1
        torch.testing.assert_close(
            tensor,
            theirs[name],
            rtol=0,
            atol=tolerance * float(scale),
            msg=lambda m, n=name: f"{n}: {m}",
            **options,
        )


@pytest.fixture
def torch_threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture(params=["OpenMP", "pool"])
def way(request, monkeypatch):
    """Both ways to have threads, if this PyTorch knows the first."""
    if request.param == "pool":
        monkeypatch.setattr(openmp, "torchs_own", lambda: None)
    elif openmp.torchs_own() is None:
        pytest.skip("this PyTorch has no threads that can be asked for")
    return request.param


# The same numbers


@each_kernel
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("images", [0, 1, 3])
def test_both_kernels_compute_what_the_portable_backend_computes(monkeypatch, kernel, border, images):
    use(kernel, monkeypatch)
    geometries = (
        {},
        {"stride": (2, 1), "padding": (1, 2)},
        {"dilation": (1, 2), "kernel": (2, 3)},
    )
    # 36 channels: two vectors of 16 and a rest; 5 and 20 points: less than a vector, a vector and a rest.
    sizes = ({"channels": 6, "size": (3, 6)}, {"channels": 36, "size": (7, 6)})
    for geometry, size, groups, offset_groups, mask in itertools.product(
        geometries, sizes, (1, 2), (1, 3), (True, False)
    ):
        options = {"groups": groups, "offset_groups": offset_groups, "mask": mask}
        compare(make_case(images=images, **geometry, **size, **options), border)


@each_kernel
@pytest.mark.parametrize("border", BORDERS)
def test_both_kernels_compute_in_float32(monkeypatch, kernel, border):
    use(kernel, monkeypatch)
    compare(make_case(channels=20, dtype=torch.float32, offset_groups=2), border, 1e-5)


@each_kernel
@pytest.mark.parametrize("border", BORDERS)
def test_images_of_several_tiles_are_put_together_again(monkeypatch, kernel, border):
    use(kernel, monkeypatch)
    monkeypatch.setattr(many_channels, "TILE_ENTRIES", 10_000)
    case = make_case(channels=18, size=(45, 37), images=2, reach=9, groups=2)
    points = case.tensors["offset"].shape[2:].numel()
    assert points > few_channels_kernel.TILE
    assert points * 18 * 6 > 5 * many_channels.TILE_ENTRIES
    compare(case, border)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("images", [1, 3, 9])
def test_few_large_images_are_split_by_points_and_many_are_not(monkeypatch, border, images):
    use("few_channels", monkeypatch)
    case = make_case(channels=2, outputs=3, size=(60, 71), images=images, reach=9)
    points = case.tensors["offset"].shape[2:].numel()
    assert (len(few_channels._shares(images, points)[1]) > 1) == (images < few_channels.WHOLE_IMAGES)
    compare(case, border)


@pytest.mark.parametrize("images", [1, 2, 9])
@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (2, 3), (3, 2), (96, 1)])
def test_blocks_of_channels_may_cut_through_groups(monkeypatch, images, groups, offset_groups):
    use("many_channels", monkeypatch)
    monkeypatch.setattr(many_channels, "BLOCK", 20)
    case = make_case(
        channels=96, outputs=96, images=images, groups=groups, offset_groups=offset_groups, kernel=(2, 2)
    )
    compare(case, "zeros")


@each_kernel
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e30, -1e30])
def test_offsets_that_are_no_ordinary_numbers_are_treated_alike(monkeypatch, kernel, border, number):
    use(kernel, monkeypatch)
    for axis in (0, 1):
        case = make_case(channels=20, offset_groups=2, padding=(1, 1))
        case.tensors["offset"][:, axis::6, ::2] = number
        compare(case, border, equal_nan=True)


@each_kernel
@pytest.mark.parametrize("border", BORDERS)
def test_at_lattice_positions_the_derivatives_are_alike(monkeypatch, kernel, border):
    use(kernel, monkeypatch)
    case = make_case(channels=20, padding=(1, 2))
    case.tensors["offset"].round_()
    compare(case, border)


@each_kernel
def test_a_pixel_that_is_infinite_spoils_only_what_reads_it(monkeypatch, kernel):
    use(kernel, monkeypatch)
    # 21 points: the last vector of the few-channel kernel has lanes without a point, which must not read.
    X = torch.zeros(1, 20, 3, 7, dtype=torch.float64)
    X[:, :, 0, 0] = torch.inf
    offset = torch.zeros(1, 2, 3, 7, dtype=torch.float64)
    offset[0, 0, 0], offset[0, 0, 1:] = 1.5, 0.0
    K = torch.ones(1, 20, 1, 1, dtype=torch.float64, requires_grad=True)
    output = deform_conv2d(X, offset, K)
    assert output.isfinite().all()
    output.sum().backward()
    assert K.grad.isfinite().all()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 7, 2**24 - 1, 2**24])
def test_the_four_pixels_of_every_cell_lie_in_the_table_wherever_the_offsets_point(border, dtype, width):
    height = 5
    special = [0, -1, -2, -3, 0.5, 4, 5, 6, width - 1, width, width + 1, 2**31, 2**63, 1e30, np.inf, np.nan]
    y, x = (axis.ravel() for axis in np.meshgrid([*special, -1e30, -np.inf], [*special, -1e30, -np.inf]))
    # The step is 0, so that an offset is the position itself.
    one, none = (1, 1), (0, 0)
    settings = backends.Settings(Geometry(one, none, none, one, (1, len(y))), 1, 1, border)
    sizes = plan.sizes_of((1, 1, height, width), 1, settings)
    made = plan.new_plan(-(-len(y) // LANES) * LANES, np.dtype(dtype))
    offset = np.concatenate([y, x]).astype(dtype)
    lattice = plan.lattice_of(sizes, settings, np.dtype(dtype))
    plan.locate(made, 0, offset, 0, 0, 0, 0, len(y), sizes, lattice, 1)
    row, column = np.divmod(made.cell, width + 2 * plan.RING)
    assert (row.min(), column.min()) == ((2, 2) if border == "project" else (0, 0))
    assert row.max() == height - 1 + plan.RING + (border == "zeros")
    assert column.max() == width - 1 + plan.RING + (border == "zeros")  # which has a neighbour still


# Which backend serves


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_on_a_cpu_none_chooses_the_compiled_backend(dtype):
    assert backends.choose(None, torch.zeros(1, dtype=dtype)) is numba_backend


@pytest.mark.parametrize(
    "input",
    [
        torch.zeros(1, dtype=torch.bfloat16),
        torch.zeros(1, device="meta"),
        torch.zeros(1).expand(1, 1, 2**16, 2**15),
        torch.zeros(1).expand(1, 1, 1, 2**24 + 1),
    ],
    ids=["half", "elsewhere", "huge", "wide"],
)
def test_what_the_compiled_backend_does_not_serve_goes_to_the_portable_one(input):
    assert backends.choose(None, input) is backends.choose("torch", input)
    words = f"^backend: 'numba' expected float32 or float64 .* got {input.dtype} on {input.device}"
    with pytest.raises(ValueError, match=words):
        backends.choose("numba", input)


def test_without_numba_the_portable_backend_serves_and_the_compiled_one_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(backends, "_numba_is_installed", lambda: False)
    case = make_case()
    assert backends.choose(None, case.tensors["input"]).__name__.endswith(".torch")
    for call in (
        lambda: deform_conv2d(*case.positional(), backend="numba"),
        lambda: DeformConv2d(2, 3, 3, backend="numba"),
    ):
        with pytest.raises(ModuleNotFoundError, match=r'^backend: .*pip install "dcn-course\[torch\]"'):
            call()


@pytest.mark.parametrize(
    ("channels", "groups", "offset_groups", "few"),
    [
        (1, 1, 1, True),
        (31, 1, 1, True),
        (32, 1, 1, False),
        (64, 1, 1, False),
        (64, 64, 1, True),
        (64, 1, 64, True),
    ],
)
def test_the_kernel_is_chosen_by_the_channels_that_share_offsets_and_weights(
    channels, groups, offset_groups, few
):
    assert numba_backend.few(channels, backends.Settings(None, groups, offset_groups, "zeros")) is few


# Work


@pytest.mark.parametrize(
    ("wanted", "work"),
    [
        ("weight", {"turn", "fill"}),
        ("input", {"turn", "scatter", "turn_back"}),
        ("offset", {"turn", "scatter"}),
        ("bias", set()),
    ],
)
def test_no_work_is_done_for_gradients_that_nobody_wants(monkeypatch, wanted, work):
    use("many_channels", monkeypatch)
    done = set()
    for name in ("turn", "fill", "scatter", "turn_back"):
        function = getattr(many_channels_kernel, name)
        monkeypatch.setattr(
            many_channels_kernel, name, lambda *given, n=name, f=function: done.add(n) or f(*given)
        )
    case = make_case()
    case.tensors[wanted].requires_grad_()
    output = deform_conv2d(*case.positional())
    done.clear()
    output.sum().backward()
    assert done == work


@pytest.mark.parametrize(
    "wanted", [set(c) for n in (1, 2, 3, 4) for c in itertools.combinations(ARGUMENTS[:4], n)]
)
def test_the_kernel_for_few_channels_gets_room_for_the_wanted_gradients_alone(monkeypatch, wanted):
    use("few_channels", monkeypatch)
    sizes = []
    real = few_channels_kernel.backward

    def measured(*given):
        sizes.append(sum(array.size for array in given if isinstance(array, np.ndarray)))
        return real(*given)

    monkeypatch.setattr(few_channels_kernel, "backward", measured)
    case = make_case(images=1)
    for name in wanted:
        case.tensors[name].requires_grad_()
    output = deform_conv2d(*case.positional())
    output.sum().backward()
    read = output.numel() + sum(case.tensors[name].numel() for name in ARGUMENTS[:4])
    assert sizes == [read + sum(case.tensors[name].numel() for name in wanted)]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@each_kernel
def test_without_autograd_the_output_is_the_same(monkeypatch, kernel, mode, torch_threads):
    use(kernel, monkeypatch)
    torch_threads(2)
    case = make_case(images=3, channels=20)
    expected = deform_conv2d(*case.positional())
    with mode():
        assert torch.equal(deform_conv2d(*case.positional()), expected)


# Threads


def one_to_one(weight):
    """Each output takes one channel at one tap, so that a product sums zeros and one number: exact."""
    weight.zero_()
    weight.flatten(1).fill_diagonal_(1)


@each_kernel
@pytest.mark.parametrize(("images", "size"), [(1, (17, 19)), (1, (50, 50)), (3, (17, 19)), (11, (17, 19))])
def test_the_bits_are_the_same_for_any_number_of_threads_but_for_the_sums_in_products_and_over_images(
    monkeypatch, kernel, images, size, torch_threads
):
    use(kernel, monkeypatch)
    case = make_case(images=images, channels=70, size=size, reach=9, dtype=torch.float32)
    if kernel == "many_channels":  # PyTorch multiplies
        one_to_one(case.tensors["weight"])
    torch_threads(1)
    alone = gradients(deform_conv2d, case)
    for number in (2, 3):
        torch_threads(number)
        first = gradients(deform_conv2d, case)
        for _ in range(3):
            again = gradients(deform_conv2d, case)
            assert all(torch.equal(first[name], again[name]) for name in first)
        for name in ("output", "input", "offset", "mask"):
            assert torch.equal(first[name], alone[name]), name
        torch.testing.assert_close(first["weight"], alone["weight"], rtol=1e-4, atol=1e-3)


@each_kernel
@pytest.mark.parametrize("images", [1, 11])
def test_at_a_number_of_threads_the_bits_are_the_same_again(monkeypatch, kernel, images, torch_threads):
    use(kernel, monkeypatch)
    case = make_case(images=images, channels=70, size=(50, 50), reach=9, dtype=torch.float32)
    torch_threads(2)
    first = gradients(deform_conv2d, case)
    for _ in range(5):
        again = gradients(deform_conv2d, case)
        assert all(torch.equal(first[name], again[name]) for name in first)


def test_torch_keeps_its_number_of_threads_in_the_caller_and_in_new_threads(torch_threads, way):
    torch_threads(3)
    deform_conv2d(*make_case(images=9).positional())
    seen = [torch.get_num_threads()]
    other = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert seen == [3, 3]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list threads")
def test_in_a_task_torch_works_without_threads_of_its_own(torch_threads, way):
    torch_threads(3)
    matrix = torch.ones(300, 300)
    threads.run([lambda: None] * 3)
    before = len(list(Path("/proc/self/task").iterdir()))
    threads.run([lambda: torch.ones(100_000).sum()] * 3)
    if way == "OpenMP":  # in the pool, MKL has one number of threads for the whole process
        threads.run([lambda: matrix @ matrix] * 3)
    assert len(list(Path("/proc/self/task").iterdir())) <= before


def test_all_tasks_are_done_once_and_answer_in_their_order(torch_threads, way):
    torch_threads(2)
    assert threads.run([lambda i=i: i for i in range(50)]) == list(range(50))
    if way == "OpenMP":
        assert threading.get_ident() in threads.run([lambda: time.sleep(0.01) or threading.get_ident()] * 4)


def test_an_error_in_one_thread_reaches_the_caller_when_all_have_ended(torch_threads, way):
    torch_threads(2)
    done = []

    def fail():
        raise ZeroDivisionError("in a task")

    with pytest.raises(ZeroDivisionError, match="in a task"):
        threads.run([fail, *(lambda i=i: done.append(i) for i in range(5))])
    assert sorted(done) == list(range(5))


def python(code, **environment):
    """What the code prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=environment.pop("cwd", ROOT / "tests"),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


BOTH_KERNELS = """
import torch
from deformable_cases import ARGUMENTS, gradients, make_case
from dcn_course.ops import deform_conv2d
torch.set_num_threads(2)
CASES = [make_case(images=4, channels=channels) for channels in (2, 40)]
def results():
    return [gradients(deform_conv2d, case, backend="numba") for case in CASES]
def same(one, other):  # but for the order of a sum over images
    return all(torch.allclose(a[name], b[name], atol=1e-12) for a, b in zip(one, other) for name in a)
expected = results()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_computes_the_same():
    code = """
import os
child = os.fork()
if child == 0:
    os._exit(0 if same(results(), expected) else 7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), same(results(), expected))
"""
    assert python(BOTH_KERNELS + code).splitlines()[-1] == "0 True"


def test_a_worker_of_a_data_loader_computes_the_same():
    code = """
class Outputs(torch.utils.data.Dataset):
    def __len__(self): return 4
    def __getitem__(self, i): return same(results(), expected)
loader = torch.utils.data.DataLoader(Outputs(), num_workers=2)
print([bool(batch) for batch in loader])
"""
    assert python(BOTH_KERNELS + code) == "[True, True, True, True]"


def test_two_python_threads_may_call_at_once():
    code = """
import threading
right = []
def work():
    for _ in range(10):
        right.append(same(results(), expected))
workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers: worker.start()
for worker in workers: worker.join()
print(len(right), all(right))
"""
    assert python(BOTH_KERNELS + code) == "20 True"


# Compiled code on disk

ONE_CALL = """
import torch
from dcn_course.ops import deform_conv2d
from dcn_course.ops.backends.numba.few_channels_kernel import forward
deform_conv2d(torch.zeros(1, 1, 3, 3), torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 1, 1), backend="numba")
print(sum(forward.stats.cache_hits.values()), sum(forward.stats.cache_misses.values()))
"""

ALL_KERNELS = """
import torch
from dcn_course.ops import deform_conv2d
from dcn_course.ops.backends.numba import few_channels_kernel as few, many_channels_kernel as many
for channels in (1, 32):
    X, K = torch.zeros(1, channels, 3, 3), torch.ones(1, channels, 1, 1, requires_grad=True)
    leaves = X.requires_grad_(), torch.zeros(1, 2, 3, 3, requires_grad=True), K
    deform_conv2d(*leaves, backend="numba").sum().backward()
kernels = few.forward, few.backward, many.turn, many.fill, many.scatter, many.turn_back
found = [(sum(k.stats.cache_hits.values()), sum(k.stats.cache_misses.values())) for k in kernels]
print(*(set(found)))
"""


def copy_of_the_package(folder):
    shutil.copytree(ROOT / "dcn_course", folder / "dcn_course", ignore=shutil.ignore_patterns("__pycache__"))
    return {"PYTHONPATH": str(folder), "cwd": folder}


def test_the_compiled_code_of_every_kernel_is_kept_until_a_source_changes(tmp_path):
    where = copy_of_the_package(tmp_path)
    assert python(ALL_KERNELS, **where) == "(0, 1)"
    assert python(ALL_KERNELS, **where) == "(1, 0)"
    with (tmp_path / "dcn_course/ops/backends/numba/plan.py").open("a") as source:
        source.write("# changed\n")
    assert python(ONE_CALL, **where) == "0 1"


@pytest.mark.parametrize("users_cache", [True, False])
def test_without_a_folder_beside_the_sources_the_users_cache_serves_and_without_any_memory(
    tmp_path, users_cache
):
    where = copy_of_the_package(tmp_path)
    # A file stands where the folder would have to be made: so not even root can write.
    (tmp_path / "dcn_course/ops/backends/numba/__pycache__").write_text("")
    home = tmp_path / "home"
    home.mkdir() if users_cache else home.write_text("")
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home)}
    assert python(ONE_CALL, **where, **environment) == "0 1"
    assert python(ONE_CALL, **where, **environment) == ("1 0" if users_cache else "0 1")


def test_a_folder_of_the_users_choice_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert python(ONE_CALL, NUMBA_CACHE_DIR=str(tmp_path / "file" / "folder")) == "0 1"


@pytest.mark.parametrize(("named", "used"), [("torch", "torch"), ("numba", "numba"), (None, "numba")])
@pytest.mark.parametrize("through", ["operator", "layer"])
def test_the_backend_that_is_named_computes_both_passes(monkeypatch, named, used, through):
    asked, calls = [], []
    find = backends._module

    class Recorder:
        def __init__(self, name):
            asked.append(name)
            self.module = find(name)

        def forward(self, *given):
            calls.append("forward")
            return self.module.forward(*given)

        def backward(self, *given):
            calls.append("backward")
            return self.module.backward(*given)

    monkeypatch.setattr(backends, "_module", Recorder)
    image, offset = torch.rand(1, 2, 5, 6, requires_grad=True), torch.rand(1, 18, 3, 4)
    if through == "layer":
        output = DeformConv2d(2, 3, 3, backend=named)(image, offset)
    else:
        output = deform_conv2d(image, offset, torch.rand(3, 2, 3, 3), backend=named)
    output.sum().backward()
    assert (set(asked), calls) == ({used}, ["forward", "backward"])
