import dataclasses
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch.testing import assert_close

from dcn_course import report
from dcn_course.cli import main
from dcn_course.ops import backends, deform_conv2d
from dcn_course.provenance import Commit
from dcn_course.timing import epochs, grid, measure, memory, peers, results, roofline, show, work
from dcn_course.timing.names import BOTH, FORWARD, GRAD_INPUT, GRAD_PARAMETERS, PEERS, PHASES
from dcn_course.timing.peers import Peer
from dcn_course.timing.plot import draw, save
from dcn_course.timing.problem import OFFSET_DEVIATION, make_problem
from dcn_course.timing.results import (
    Machine,
    Measurement,
    MeasurementDamagedError,
    Memory,
    Roof,
    Timing,
    load,
    write,
)
from dcn_course.timing.run import run, thread_numbers
from dcn_course.timing.workloads import WORKLOADS, Workload, select
from dcn_course.training.data import TrainingData

LENET, RESNET = (next(w for w in WORKLOADS if w.name == name) for name in ("lenet-conv2", "resnet-56"))
QUICK = ["timing", "--quick", "--threads", "1", "--workloads", "lenet-conv2"]


@pytest.fixture
def dcn(monkeypatch, tmp_path, capsys):
    """Run ``dcn`` in this process, in an empty folder; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        return (ended.value.code, *capsys.readouterr())

    return command


def python(*arguments, cwd=None):
    env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", env=env, cwd=cwd
    )


def by_name(name):
    if name == "onnxruntime":
        pytest.importorskip("onnx")
        pytest.importorskip("onnxruntime")
    ((peer,), _) = peers.find(name)
    return peer


def timing(workload, peer, median, phase=BOTH, threads=1):
    return Timing(workload, peer, threads, phase, median / 2, median, 2 * median, runs=5)


def measurement(**changes):
    """Two LeNet layers and one image; ours, torchvision, conv2d and onnxruntime."""
    chosen = select("lenet-conv1-mnist,lenet-conv2,image")
    a, b, c = (workload.name for workload in chosen)
    timings = [
        *(timing(w, "ours-torch", t) for w, t in ((a, 0.002), (b, 0.004), (c, 1.5))),
        *(timing(w, "torchvision", t) for w, t in ((a, 0.016), (b, 0.008), (c, 0.75))),
        *(timing(w, "ours-torch", t, FORWARD) for w, t in ((a, 0.001), (b, 0.001), (c, 0.5))),
        *(timing(w, "onnxruntime", t, FORWARD) for w, t in ((a, 0.004), (b, 0.001), (c, 1.0))),
        *(timing(a, "conv2d", t, phase) for phase, t in zip(PHASES, (1e-4, 2e-4, 3e-4, 5e-4), strict=True)),
    ]
    made = Measurement(
        machine=Machine("2026-01-02T03:04:05Z", Commit("ab" * 20, False), {"torch": "2"}, "a CPU", 2, "OS 1"),
        load_before=(0.1, 0.2, 0.3),
        load_after=(1.0, 0.2, 0.3),
        quick=False,
        seed=3,
        workloads=chosen,
        peers=("ours-torch", "torchvision", "conv2d", "onnxruntime"),
        absent={"grid_sample": "gone"},
        timings=tuple(timings),
        memory=(Memory(a, "torchvision", 64, 5_000_000, 2_000_000), Memory(a, "torchvision", 128, 7, 9)),
        memory_note="measured somehow",
        flips={"torchvision": {"32": []}, "grid_sample": {"14": [], "28": [3, 5]}},
    )
    return dataclasses.replace(made, **changes)


# Workloads


def test_the_workloads_are_the_layers_that_the_course_speaks_of():
    assert [workload.shape for workload in WORKLOADS] == [
        "64x1x32x32 → 6, 5x5",
        "64x6x14x14 → 16, 5x5",
        "64x3x32x32 → 6, 5x5",
        "8x64x56x56 → 64, 3x3",
        "2x256x28x28 → 256, 3x3",
        "1x64x56x56 → 64, 3x3",
    ]
    for workload in WORKLOADS:
        problem = make_problem(workload.small())
        output = deform_conv2d(*problem.leaves, padding=problem.padding)
        assert output.shape == problem.grad_output.shape
        assert {tensor.dtype for tensor in problem.leaves} == {torch.float32}


def test_a_seed_gives_the_same_numbers_again_and_the_offsets_have_their_deviation():
    first, again, other = (make_problem(LENET, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first.leaves, again.leaves, strict=True))
    assert not torch.equal(first.input, other.input)
    assert first.offset.std().item() == pytest.approx(OFFSET_DEVIATION, rel=0.02)


def test_workloads_are_chosen_by_name_and_keep_their_order():
    assert select(None) == WORKLOADS
    assert [workload.name for workload in select("image, lenet-conv2")] == ["lenet-conv2", "image"]
    with pytest.raises(ValueError, match=r"workloads: expected names among lenet-conv1-mnist, .*, got 'vgg'"):
        select("vgg")


# Peers


@pytest.mark.parametrize("workload", [LENET, RESNET], ids=lambda workload: workload.name)
@pytest.mark.parametrize("name", ["ours-torch", "torchvision", "grid_sample", "onnxruntime"])
def test_each_peer_computes_what_our_operator_computes(name, workload):
    peer = by_name(name)
    problem = make_problem(workload.small(), seed=5)
    leaves = [leaf.clone().requires_grad_(peer.gradients != "none") for leaf in problem.leaves]
    output = peer.prepare(problem, 1)(*leaves)
    ours = [leaf.double().requires_grad_() for leaf in problem.leaves]
    expected = deform_conv2d(*ours, padding=problem.padding, backend="torch")
    assert_close(output.double(), expected, rtol=1e-4, atol=1e-4)
    if peer.gradients != "none":
        gradients = torch.autograd.grad(output, leaves, problem.grad_output)
        wanted = torch.autograd.grad(expected, ours, problem.grad_output.double())
        for found, exact in zip(gradients, wanted, strict=True):
            assert_close(found.double(), exact, rtol=1e-3, atol=1e-3)


def test_conv2d_computes_what_our_operator_computes_without_offsets():
    problem = make_problem(RESNET.small())
    problem = problem._replace(offset=torch.zeros_like(problem.offset))
    output = by_name("conv2d").prepare(problem, 1)(*problem.leaves)
    assert_close(output, deform_conv2d(*problem.leaves, padding=1), rtol=1e-4, atol=1e-4)


def test_every_backend_of_ours_is_a_peer_by_itself(monkeypatch):
    monkeypatch.setattr(backends, "names", lambda: ("torch", "swift"))
    found, _ = peers.find("ours,conv2d")
    assert [peer.name for peer in found] == ["ours-torch", "ours-swift", "conv2d"]
    problem = make_problem(LENET.small())
    with pytest.raises(ValueError, match="swift"):
        found[1].prepare(problem, 1)(*problem.leaves)
    monkeypatch.undo()
    assert {peer.name for peer in peers.find("ours")[0]} == {"ours-" + name for name in backends.names()}


@pytest.mark.parametrize("name", backends.names())
def test_each_name_of_a_backend_can_be_chosen(name):
    problem = make_problem(LENET.small())
    expected = deform_conv2d(*problem.leaves, backend="torch")
    assert_close(deform_conv2d(*problem.leaves, backend=name), expected, rtol=1e-4, atol=1e-4)


def test_all_peers_are_here_or_absent_with_a_reason_and_an_unknown_one_is_an_error():
    found, absent = peers.find()
    assert {peer.name for peer in found} | set(absent) >= {"ours-torch", *PEERS}
    with pytest.raises(ValueError, match=r"peers: expected names among ours, ours-torch, .*, got 'cudnn'"):
        peers.find("conv2d,cudnn")


@pytest.mark.parametrize("module", ["onnx", "onnxruntime"])
def test_without_onnxruntime_one_line_says_how_to_get_it(module, monkeypatch, dcn):
    monkeypatch.delitem(sys.modules, "dcn_course.timing.onnx_model", raising=False)
    monkeypatch.setitem(sys.modules, module, None)  # importing it now fails as if it were not installed
    code, out, err = dcn(*QUICK, "--peers", "conv2d,onnxruntime", "--quiet")
    assert (code, err) == (0, "")
    reason = f'{module} is not installed; install it with: pip install "dcn-course[timing]"'
    assert [line for line in out.splitlines() if "onnx" in line and "Versions" not in line] == [
        f"onnxruntime: {reason}"
    ]
    code, _, err = dcn(*QUICK, "--peers", "onnxruntime", "--quiet")
    assert (code, err) == (2, f"Error: peers: none of those wanted is here: {reason}\n")


# grid_sample


def test_grid_sample_is_right_to_rounding_off_the_lattice():
    problem = make_problem(Workload("w", "w", "image", 2, 3, 9, 14, 4, 3, 1), seed=2)
    leaves = [leaf.double().requires_grad_() for leaf in problem.leaves]
    expected = deform_conv2d(*leaves, padding=1, backend="torch")
    output = grid.deform_conv2d(*leaves, padding=1)
    assert_close(output, expected, rtol=1e-12, atol=1e-12)
    delta = problem.grad_output.double()
    for found, wanted in zip(
        torch.autograd.grad(output, leaves, delta), torch.autograd.grad(expected, leaves, delta), strict=True
    ):
        assert_close(found, wanted, rtol=1e-10, atol=1e-10)


def test_grid_sample_flips_the_floor_of_some_lattice_points_and_our_operator_of_none():
    sizes = range(2, 65)
    flipped = {size: grid.flipped_lattice_points(grid.deform_conv2d, size) for size in sizes}
    assert sum(map(len, flipped.values())) > 0
    assert flipped[32] == ()  # scaling by a power of two loses nothing
    assert all(0 <= point < size for size, points in flipped.items() for point in points)
    for name in backends.names():

        def ours(*leaves, name=name):
            return deform_conv2d(*leaves, backend=name)

        assert [grid.flipped_lattice_points(ours, size) for size in sizes] == [()] * len(sizes)


def test_a_flipped_lattice_point_has_the_right_value_and_the_slope_of_the_cell_to_its_left():
    size = next(size for size in range(2, 65) if grid.flipped_lattice_points(grid.deform_conv2d, size))
    points = grid.flipped_lattice_points(grid.deform_conv2d, size)
    X = torch.arange(1.0, size + 1).square()
    offset = torch.zeros(1, 2, size, 1, requires_grad=True)
    output = grid.deform_conv2d(X.view(1, 1, size, 1), offset, torch.ones(1, 1, 1, 1), torch.zeros(1))
    assert_close(output[0, 0, :, 0], X, rtol=1e-4, atol=1e-3)
    (gradient,) = torch.autograd.grad(output.sum(), offset)
    for y in points:
        left = X[y] - (X[y - 1] if y else 0)
        assert gradient[0, 0, y, 0].item() == pytest.approx(left.item(), rel=1e-4)


def test_an_operator_that_rounds_down_is_caught_at_every_lattice_point():
    def just_below(input, offset, weight, bias):
        return deform_conv2d(input, offset - 1e-4, weight, bias)

    assert grid.flipped_lattice_points(just_below, 5) == (0, 1, 2, 3, 4)


# Measuring


class Script:
    """Peers whose forward pass takes the seconds that stand in a list, on a clock of its own."""

    def __init__(self, **seconds):
        self.now, self.log, self.seconds = 0.0, [], {name: iter(list_) for name, list_ in seconds.items()}
        self.peers = [Peer(name, self.prepare(name), "none") for name in seconds]

    def prepare(self, name):
        def forward(*leaves):
            self.log.append(name)
            self.now += next(self.seconds[name])
            return leaves[0]

        return lambda problem, threads: forward

    def time(self, **options):
        options = {"threads": 1, "rounds": 3, "budget": 1e9} | options
        return measure.time_workload(LENET.small(), self.peers, clock=lambda: self.now, **options)


@pytest.fixture
def no_pause(monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_the_median_is_of_the_timed_runs_after_two_to_warm_up(no_pause):
    script = Script(a=[90, 80, 1, 5, 3], b=[9, 8, 10, 30, 20])
    a, b = script.time()
    assert (a.peer, a.median, a.lower, a.upper, a.runs) == ("a", 3, 2, 4, 3)
    assert (b.peer, b.median, b.runs) == ("b", 20, 3)
    assert {(entry.workload, entry.phase, entry.threads) for entry in (a, b)} == {(LENET.name, FORWARD, 1)}


def test_the_peers_take_turns_after_a_pause_each(no_pause):
    names = "abcd"
    script = Script(**{name: [1] * 10 for name in names})
    script.time(rounds=8)
    rounds = [script.log[start : start + 4] for start in range(8, 40, 4)]
    assert all(sorted(order) == list(names) for order in rounds)
    assert len(set(map(tuple, rounds))) > 1
    assert no_pause == [measure.PAUSE] * 32


def test_the_order_of_the_turns_is_drawn_from_the_seed():
    def drawn(seed):
        return list(measure.orders(["a", "b", "c"], 6, seed))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_short_call_is_run_once_untimed_before_each_timed_run(no_pause):
    brief = measure.SHORT / 2
    script = Script(short=[brief, brief, 7, 1, 7, 2, 7, 3], long=[1, 1, 4, 5, 6])
    short, long = script.time()
    assert (short.median, short.runs) == (2, 3)
    assert (long.median, long.runs) == (5, 3)


@pytest.mark.parametrize(("budget", "rounds", "made"), [(0, 9, 3), (0, 2, 2), (45, 9, 5), (1e9, 9, 9)])
def test_no_round_starts_after_the_budget_once_there_were_three(no_pause, budget, rounds, made):
    (entry,) = Script(a=[10] * 11).time(rounds=rounds, budget=budget)
    assert entry.runs == made


def test_torch_has_the_number_of_threads_during_the_measurement_and_its_own_after_it(no_pause):
    seen, before = [], torch.get_num_threads()

    def prepare(problem, threads):
        seen.append(threads)

        def forward(*leaves):
            seen.append(torch.get_num_threads())
            if len(seen) > 3:
                raise RuntimeError("broken")
            return leaves[0]

        return forward

    with pytest.raises(RuntimeError, match="broken"):
        measure.time_workload(
            LENET.small(), [Peer("a", prepare, "none")], threads=before + 1, rounds=3, budget=1
        )
    assert seen == [before + 1] * 4
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("gradients", "phases", "wanted"),
    [
        ("none", [FORWARD], [(False,) * 4]),
        ("together", [FORWARD, BOTH], [(True,) * 4]),
        (
            "each",
            [FORWARD, BOTH, GRAD_INPUT, GRAD_PARAMETERS],
            [(True,) * 4, (True, True, False, False), (False, False, True, True)],
        ),
    ],
)
def test_each_phase_wants_its_own_gradients_and_no_others(gradients, phases, wanted):
    seen = []

    def forward(*leaves):
        seen.append(tuple(leaf.requires_grad for leaf in leaves))
        return deform_conv2d(*leaves)

    problem = make_problem(LENET.small())
    assert list(measure.turn(forward, problem, gradients, time.perf_counter)) == phases
    assert seen == wanted
    assert not any(leaf.requires_grad for leaf in problem.leaves)


def test_forward_is_part_of_forward_plus_backward_and_the_other_phases_leave_their_forward_out():
    ticks = iter(range(100))
    seconds = measure.turn(deform_conv2d, make_problem(LENET.small()), "each", lambda: next(ticks))
    assert seconds == {FORWARD: 1, BOTH: 2, GRAD_INPUT: 1, GRAD_PARAMETERS: 1}


def test_the_quartiles_of_one_run_are_that_run():
    assert measure.quartiles([4.0]) == (4.0, 4.0, 4.0)
    assert measure.quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)


def test_threads_are_numbers_or_all(monkeypatch):
    monkeypatch.setattr("dcn_course.timing.run.cores", lambda: 4)
    assert thread_numbers("1,all, 2,4") == (1, 4, 2)
    for wrong in ("0", "two", "1,,2", "-1"):
        with pytest.raises(ValueError, match="threads: expected numbers from 1 or 'all'"):
            thread_numbers(wrong)


# Memory

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is Linux's to tell")


@needs_linux
def test_the_peak_growth_of_a_known_allocation_is_its_size_to_a_megabyte():
    code = """
import torch
from dcn_course.timing.memory import peak_growth
def call():
    block = torch.ones(60_000_000, dtype=torch.uint8)
    del block  # before the call ends
    return torch.ones(10_000_000, dtype=torch.uint8)
torch.ones(9, dtype=torch.uint8).sum()
print(peak_growth(call))
"""
    answer = python("-c", code)
    assert int(answer.stdout) == pytest.approx(60_000_000, abs=2_000_000), answer.stderr


@needs_linux
def test_the_memory_of_grid_sample_holds_its_columns_and_grows_with_the_images():
    workload = Workload("w", "w", "image", 4, 16, 40, 40, 8, 3, 1)
    one, two = memory.measure_memory([workload], ["grid_sample"], threads=1)
    assert [(entry.workload, entry.peer, entry.images) for entry in (one, two)] == [
        ("w", "grid_sample", 4),
        ("w", "grid_sample", 8),
    ]
    columns = 4 * 4 * 16 * 9 * 40 * 40
    assert one.extra > columns - 1_000_000
    assert two.extra > 1.7 * one.extra
    problem = make_problem(workload)
    tensors = [*problem.leaves, problem.grad_output]
    assert one.results == sum(4 * tensor.numel() for tensor in tensors)


def test_where_the_system_does_not_tell_the_memory_a_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_RESET", tmp_path / "none")
    made = run(select("lenet-conv2"), [by_name("conv2d")], rounds=1, quick=True, memory=True)
    assert made.memory == ()
    assert made.memory_note == f"not measured: it needs Linux's {tmp_path / 'none'}"


def test_the_memory_is_measured_with_the_last_number_of_threads(monkeypatch):
    seen = []

    def entries(workloads, names, *, threads, seed):
        seen.append((workloads, names, threads, seed))
        return ()

    monkeypatch.setattr("dcn_course.timing.run.measure_memory", entries)
    made = run(select("image"), [by_name("conv2d")], rounds=1, quick=True, threads=(2, 3), seed=4)
    assert seen == [([WORKLOADS[-1].small()], ["conv2d"], 3, 4)]
    assert made.memory_note == memory.NOTE


@needs_linux
def test_a_measuring_process_that_fails_is_told_with_its_last_line(monkeypatch):
    with pytest.raises(
        memory.MemoryNotMeasuredError, match=r"process failed: ValueError: peers: .* 'nobody'"
    ):
        memory.measure_memory([LENET.small()], ["nobody"], threads=1)


# Results


def test_a_measurement_comes_back_from_its_file(tmp_path):
    made = measurement()
    write(made, tmp_path / "a" / "timing.json")
    assert load(tmp_path / "a" / "timing.json") == made
    without = dataclasses.replace(made, machine=dataclasses.replace(made.machine, commit=None))
    write(without, tmp_path / "b.json")
    assert load(tmp_path / "b.json") == without


def test_a_file_that_is_no_measurement_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "timing.json"
    write(measurement(), path)
    good = json.loads(path.read_text(encoding="utf-8"))
    for wrong in ({"format": 9}, {"timings": [{}]}, {"machine": None}):
        path.write_text(json.dumps(good | wrong), encoding="utf-8")
        with pytest.raises(MeasurementDamagedError, match=r"timing\.json"):
            load(path)
    good["timings"][0]["median"] = 0
    for text in ("no json", "[]", json.dumps(good)):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(MeasurementDamagedError, match=r"timing\.json is not a measurement"):
            load(path)


def test_a_ratio_is_ours_over_the_peer_and_its_mean_is_geometric():
    made = measurement()
    ratio = [made.ratio(workload.name, "ours-torch", "torchvision", 1) for workload in made.workloads]
    assert ratio == pytest.approx([1 / 8, 1 / 2, 2])
    assert made.mean_ratio("ours-torch", "torchvision", 1) == pytest.approx(0.5)
    assert made.mean_ratio("ours-torch", "torchvision", 1, family="lenet") == pytest.approx(0.25)
    assert made.mean_ratio("ours-torch", "onnxruntime", 1, FORWARD) == pytest.approx(0.5)
    assert made.ratio("image", "ours-torch", "onnxruntime", 1) is None
    assert made.mean_ratio("ours-torch", "onnxruntime", 1) is None
    assert made.ratio("image", "ours-torch", "torchvision", 2) is None


def test_the_extra_memory_is_the_peak_less_the_results_and_never_negative():
    first, second = measurement().memory
    assert (first.extra, second.extra) == (3_000_000, 0)


def test_the_machine_is_described_with_the_versions_of_what_is_compared():
    where = results.machine()
    assert where.versions["torch"] == torch.__version__.partition("+")[0]
    assert set(where.versions) >= {"python", "torch", "torchvision", "numpy"}
    assert where.cores >= 1
    assert where.processor


# Roofs


@pytest.mark.equation("count-samples")
@pytest.mark.equation("count-operations")
@pytest.mark.equation("count-bytes")
def test_the_least_work_of_a_workload_is_that_of_its_tensors_and_products():
    least = work.work(LENET)  # 64x6x14x14 → 16, 5x5: 10x10 points, 25 taps
    problem = make_problem(LENET)
    read = problem.input, problem.offset, problem.weight
    numbers = 3 * sum(tensor.numel() for tensor in read) + 2 * problem.grad_output.numel()
    assert least.bytes == 4 * numbers
    assert least.samples == 64 * 6 * 25 * 100
    assert least.flops == 3 * 2 * 16 * least.samples


@pytest.mark.equation("roofline")
def test_the_bound_is_the_higher_roof():
    least = work.work(LENET)
    assert work.bound(LENET, Roof(1, bandwidth=least.bytes / 3, flops=least.flops / 2)) == pytest.approx(3)
    assert work.bound(LENET, Roof(1, bandwidth=least.bytes / 3, flops=least.flops / 5)) == pytest.approx(5)


def test_a_roof_counts_what_is_read_and_written_and_both_operations_of_a_product():
    threads = torch.get_num_threads()
    ticks = iter(range(1000))
    roof = roofline.measure_roof(threads + 1, numbers=10, size=3, clock=lambda: float(next(ticks)))
    assert roof == Roof(threads + 1, bandwidth=2 * 4 * 10, flops=2 * 3**3)
    assert torch.get_num_threads() == threads


def test_the_roofs_are_shown_beside_our_times_and_kept_in_the_file(tmp_path):
    least = work.work(LENET)
    made = measurement(roofs=(Roof(1, bandwidth=least.bytes / 0.001, flops=least.flops / 0.002),))
    write(made, tmp_path / "roofs.json")
    assert load(tmp_path / "roofs.json") == made
    (table,) = [
        item for item in show.everything(made, report=False) if "roofs" in str(getattr(item, "title", ""))
    ]
    row = cells(text_of([table]), "LeNet conv2")
    left = 1e9 * (0.004 - 0.002) / least.samples
    assert row == [
        f"{least.bytes / 1e6:.3g}",
        "1",
        f"{least.flops / 1e9:.3g}",
        "2",
        "4",
        "0.50",
        f"{left:.2f}",
    ]


# Memory of the compiled backend


def few_bound(w, threads):
    """What `few_channels` says that it needs at most, in numbers; the workloads have one group."""
    kernel = w.outputs * w.channels * w.kernel**2
    tile = 400 * (w.outputs + 2 * max(32, w.channels) + 6 * 32)
    quads = 8 * w.channels * (w.height + 4) * (w.width + 4)
    return (
        threads * (quads + tile + 17 * kernel)
        + (2 * threads + 7) * kernel
        + 14 * w.channels * w.height * w.width
    )


def many_bound(w, threads):
    """As `few_bound`, for `many_channels`; no mask, and padding that keeps the size."""
    from dcn_course.ops.backends.numba import many_channels

    kernel = w.outputs * w.channels * w.kernel**2
    tile = max(many_channels.TILE_ENTRIES, 16 * w.channels * w.kernel**2)
    plan = 6 * (tile // w.channels + 32 * w.kernel**2)
    images = 2 * w.channels * (w.height + 4) * (w.width + 4)
    offsets = 2 * w.kernel**2 * w.height * w.width
    return threads * (images + tile + plan) + (2 * threads + 2) * kernel + 14 * offsets


@needs_linux
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("workload", "bound"),
    [
        (Workload("few", "few", "w", 1, 12, 160, 150, 12, 3, 1), few_bound),
        (Workload("many", "many", "w", 1, 256, 28, 28, 256, 3, 1), many_bound),
    ],
    ids=["few", "many"],
)
def test_the_extra_memory_of_the_compiled_backend_is_what_it_says_for_any_number_of_images(
    workload, bound, threads
):
    if "numba" not in backends.names():
        pytest.skip("numba is not installed")
    each = [dataclasses.replace(workload, images=images) for images in (1, 4, 8)]  # and twice that
    entries = memory.measure_memory(each, ["ours-numba"], threads=threads)
    assert {entry.images for entry in entries} == {1, 2, 4, 8, 16}
    most = 4 * bound(workload, threads)
    for entry in entries:
        assert entry.extra < most + 2e6, (entry.images, entry.extra, most)  # exact to about a megabyte
    assert max(entry.extra for entry in entries) > most / 2  # the statement is not empty


# The measurements that the course shows

TIMINGS = Path(__file__).parents[1] / "timings"
EPOCHS = sorted(TIMINGS.glob("*-epochs.json"))
SHOWN = sorted({*TIMINGS.glob("*.json")} - {*EPOCHS, *TIMINGS.glob("*-grading.json")})


def test_there_is_a_measurement_to_show():
    assert SHOWN
    assert EPOCHS


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_a_measurement_that_is_shown_is_whole_and_says_which_code_it_measured(path):
    shown = load(path)
    assert shown.workloads == WORKLOADS
    assert not shown.quick
    assert {"ours-numba", *PEERS} <= set(shown.peers)
    assert shown.threads == tuple(roof.threads for roof in shown.roofs)
    assert shown.memory
    assert shown.machine.commit is not None
    assert not shown.machine.commit.dirty
    assert path.with_suffix(".svg").exists()


@pytest.mark.parametrize("path", EPOCHS, ids=lambda path: path.stem)
def test_the_epochs_that_are_shown_say_which_code_they_measured(path):
    shown = epochs.load(path)
    assert min(map(len, shown.seconds.values())) >= 5
    assert shown.images >= 30_000
    assert shown.machine.commit is not None
    assert not shown.machine.commit.dirty


# An epoch


def test_the_epochs_of_both_networks_are_timed_in_turn_without_the_first():
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.rand(70, 1, 32, 32, generator=generator), torch.arange(70) % 10
    data = TrainingData(images, labels, images[:5], labels[:5], tuple("0123456789"))
    seconds = epochs.train_seconds(data, 2)
    assert {name: len(each) for name, each in seconds.items()} == {"lenet5": 2, "lenet5-dc": 2}
    assert min(map(min, seconds.values())) > 0


def test_the_epochs_are_written_and_read_with_their_machine(monkeypatch, tmp_path, capsys):
    images, labels = torch.rand(70, 1, 32, 32), torch.arange(70) % 10
    data = TrainingData(images, labels, images[:5], labels[:5], tuple("0123456789"))
    monkeypatch.setattr(epochs, "load_data", lambda name: data)
    epochs.main(["--images", "30", "--rounds", "1", "--json", str(tmp_path / "epochs.json")])
    found = epochs.load(tmp_path / "epochs.json")
    assert (found.images, found.threads, found.machine.cores) == (
        30,
        torch.get_num_threads(),
        results.machine().cores,
    )
    assert found.ratio == found.seconds["lenet5-dc"][0] / found.seconds["lenet5"][0]
    assert f"ratio: {found.ratio:.2f}" in capsys.readouterr().out


def test_a_file_of_epochs_of_another_format_is_refused(tmp_path):
    (tmp_path / "epochs.json").write_text('{"format": 9}')
    with pytest.raises(ValueError, match=r"epochs\.json: expected format 1, got 9"):
        epochs.load(tmp_path / "epochs.json")


# Tables, notes and the plot


def text_of(items):
    """What a window of 80 columns shows of tables; sentences may be longer."""
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False, markup=False)
    for item in items:
        console.print(item, soft_wrap=isinstance(item, str))
    return console.export_text()


def cells(text, label):
    """The numbers in the row of a table that starts with a label."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"  {label}  ")]
    return line.removeprefix(f"  {label}").split()


def test_the_times_are_medians_in_milliseconds_for_each_phase():
    text = text_of([show.times(measurement(), 1)])
    assert "Milliseconds, 1 thread: medians of 5 interleaved runs" in text
    assert cells(text, "LeNet conv1, MNIST") == ["ours-torch", "1", "-", "-", "2"]
    rows = [line.split() for line in text.splitlines()]
    assert ["conv2d", "0.1", "0.2", "0.3", "0.5"] in rows
    assert ["one", "image", "ours-torch", "500", "-", "-", "1500"] in rows


def test_the_ratios_take_forward_alone_where_a_peer_has_no_more():
    text = text_of([show.ratios(measurement(), "ours-torch", 1)])
    assert cells(text, "LeNet conv1, MNIST") == ["0.125", "4", "0.25"]
    assert cells(text, "LeNet conv2") == ["0.5", "-", "1"]
    assert cells(text, "one image") == ["2", "-", "0.5"]
    assert cells(text, "mean, lenet") == ["0.25", "4", "0.5"]
    assert cells(text, "mean, all") == ["0.5", "4", "0.5"]
    assert "(forward)" in text


def test_the_report_s_ratios_are_those_of_its_seconds():
    assert [f"{row.ratio:.1f}" for row in report.TIMINGS] == ["39.3", "10.9", "23.5"]
    assert [row.phase for row in report.TIMINGS] == [FORWARD, GRAD_INPUT, GRAD_PARAMETERS]
    text = text_of([show.beside_report(measurement(), "ours-torch", 1)])
    lines = [line.split() for line in text.splitlines()]
    assert ["=", "39.3", "=", "10.9", "=", "23.5", "=", "18.7"] in [line[-8:] for line in lines]
    assert ["LeNet", "conv1,", "MNIST", "1", "/", "0.1", "-", "-", "2", "/", "0.5"] in lines
    assert ["=", "10.0", "=", "4.0"] in lines
    assert ["LeNet", "conv2", "-", "-", "-", "-"] in lines
    assert "i7-940" in text


def test_the_memory_is_shown_at_n_images_and_at_twice_as_many():
    text = text_of([show.memory(measurement())])
    assert ["torchvision", "3.0", "0.0"] in [line.split()[-3:] for line in text.splitlines()]
    assert "2 N images" in text


def test_the_notes_say_what_is_missing_not_exact_or_doubtful():
    notes = list(show.notes(measurement()))
    assert "grid_sample: gone" in notes
    assert any("wrong cell at 0 of 14, 2 of 28 lattice points" in note for note in notes)
    assert any(note.startswith("torchvision: takes the slope of the right cell") for note in notes)
    assert "Memory: measured somehow." in notes
    assert "Load average: 0.10 before, 1.00 after" in notes
    assert not any("Other processes" in note or note.startswith("Quick") for note in notes)
    doubtful = list(show.notes(measurement(quick=True, load_before=(1.5, 1, 1))))
    assert any("Other processes" in note for note in doubtful)
    assert doubtful[0].startswith("Quick: the workloads are shrunk")
    assert not any(note.startswith("Load") for note in show.notes(measurement(load_before=(), load_after=())))


def test_every_table_of_the_whole_measurement_fits_a_window_of_80_columns():
    timings = [
        Timing(workload.name, peer, 2, phase, 1.0, 1.2345, 2.0, 9)
        for workload in WORKLOADS
        for peer in ("ours-torch", "ours-numba", *PEERS)
        for phase in PHASES
    ]
    whole = measurement(
        workloads=WORKLOADS, peers=("ours-torch", "ours-numba", *PEERS), timings=tuple(timings), memory=()
    )
    tables = [item for item in show.everything(whole, report=True) if not isinstance(item, str)]
    assert len(tables) == 5
    assert "…" not in text_of(tables)


@pytest.mark.parametrize("ending", ["svg", "png", "PDF"])
def test_the_plot_is_written_in_the_format_of_its_ending(ending, tmp_path):
    path = tmp_path / f"new.{ending}"
    save(measurement(), path)
    content = path.read_bytes()
    assert {"svg": b"<svg" in content, "png": content[:4] == b"\x89PNG", "PDF": content[:4] == b"%PDF"}[
        ending
    ]
    if ending == "svg":
        for text in (b"ours-torch", b"onnxruntime (forward only)", b"LeNet conv2", b"1 thread"):
            assert text in content, text


def test_the_plot_has_a_panel_for_each_number_of_threads_and_a_mark_for_each_median():
    made = measurement()
    more = tuple(dataclasses.replace(entry, threads=2) for entry in made.timings)
    figure = draw(measurement(timings=made.timings + more))
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["1 thread", "2 threads"]
    marks = {bars.get_label(): list(bars.lines[0].get_ydata()) for bars in figure.axes[1].containers}
    assert marks["ours-torch"] == pytest.approx([2, 4, 1500])
    assert marks["onnxruntime (forward only)"] == pytest.approx([4, 1, 1000])


# The command


def test_the_quick_command_measures_shows_writes_and_draws(tmp_path):
    arguments = [
        *QUICK,
        "--memory",
        "--report",
        "--json",
        "timing.json",
        "--plot",
        "timing.svg",
        "--seed",
        "4",
    ]
    answer = python("-m", "dcn_course", *arguments, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    told = answer.stderr.splitlines()
    assert told[:1] == ["LeNet conv2 (2x4x13x11 → 6, 5x5), 1 thread"]
    made = load(tmp_path / "timing.json")
    assert (made.quick, made.seed, made.threads) == (True, 4, (1,))
    assert [workload.name for workload in made.workloads] == ["lenet-conv2"]
    assert set(made.ours) == {"ours-" + name for name in backends.names()}
    assert set(made.peers) | set(made.absent) == {*made.ours, *PEERS}
    for peer in made.peers:
        phases = [entry.phase for entry in made.timings if entry.peer == peer]
        full = {"onnxruntime": [FORWARD], "torchvision": [FORWARD, BOTH]}.get(peer, PHASES)
        assert sorted(phases) == sorted(full)
    assert all(entry.runs == 2 and entry.lower <= entry.median <= entry.upper for entry in made.timings)
    assert set(made.flips) == {*made.ours, "torchvision", "grid_sample"}
    assert set(made.flips["ours-torch"]) == {"11", "13"}
    if sys.platform.startswith("linux"):
        assert {(entry.peer, entry.images) for entry in made.memory} == {
            (peer, images) for peer in made.peers for images in (2, 4)
        }
    assert "the report" in answer.stdout
    assert (tmp_path / "timing.svg").stat().st_size > 1000
    again = python("-m", "dcn_course", "timing", "--show", "timing.json", "--report", cwd=tmp_path)
    assert answer.stdout.startswith(again.stdout)


def test_the_command_passes_its_options_on(dcn, monkeypatch):
    seen = {}

    def stop(chosen, found, **options):
        seen.update(options, chosen=[workload.name for workload in chosen], peers={p.name for p in found})
        raise OSError("seen")

    monkeypatch.setattr("dcn_course.timing.run.run", stop)
    assert dcn("timing", "--threads", "3", "--repeats", 7, "--budget", 2.5, "--workloads", "image")[0] == 2
    assert (seen["threads"], seen["rounds"], seen["budget"], seen["memory"]) == ((3,), 7, 2.5, True)
    assert (seen["chosen"], seen["quick"], seen["seed"]) == (["image"], False, 0)
    assert seen["peers"] | set(seen["absent"]) == {*PEERS, *("ours-" + name for name in backends.names())}
    dcn("timing", "--quick", "--peers", "conv2d")
    assert (seen["rounds"], seen["memory"], seen["peers"], seen["quick"]) == (2, False, {"conv2d"}, True)
    assert seen["chosen"] == [workload.name for workload in WORKLOADS]
    dcn("timing", "--no-memory")
    assert (seen["rounds"], seen["memory"]) == (15, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workloads", "vgg"], "workloads: expected names among"),
        (["--peers", "cudnn"], "peers: expected names among"),
        (["--threads", "many"], "threads: expected numbers from 1 or 'all', separated by commas, got 'many'"),
        (["--plot", "a.gif"], "plot: expected a file name that ends in .png, .svg, .pdf, got 'a.gif'"),
        (["--show", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_exit_code_2(dcn, arguments, message):
    code, out, err = dcn("timing", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err


def test_an_error_in_a_peer_is_no_user_error(monkeypatch):
    def broken(*arguments, **options):
        raise ValueError("a bug")

    monkeypatch.setattr("dcn_course.timing.run.time_workload", broken)
    with pytest.raises(ValueError, match="a bug"):
        main([*QUICK, "--quiet", "--peers", "conv2d"])


def test_ctrl_c_ends_with_a_line_and_its_exit_code(dcn, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("dcn_course.timing.run.time_workload", interrupt)
    code, out, err = dcn(*QUICK, "--quiet")
    assert (code, out) == (130, "")
    assert err == "\nInterrupted; nothing was kept.\n"
