"""Take the times: all peers in turn, round after round, so that a disturbance meets them all."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch

from dcn_course.timing.grid import Forward
from dcn_course.timing.names import BOTH, FORWARD, GRAD_INPUT, GRAD_PARAMETERS, PHASES
from dcn_course.timing.peers import Peer
from dcn_course.timing.problem import Problem, make_problem
from dcn_course.timing.results import Timing
from dcn_course.timing.workloads import Workload

Clock = Callable[[], float]

# The threads of one library spin for some ms after a call and would take the next one's cores. So each turn
# starts with a pause; a call so short that waking up matters is run once more, untimed, after it.
PAUSE = 0.03
SHORT = 0.05
MINIMUM_ROUNDS = 3


def time_workload(
    workload: Workload,
    peers: Sequence[Peer],
    *,
    threads: int,
    rounds: int,
    budget: float,
    seed: int = 0,
    clock: Clock = time.perf_counter,
) -> list[Timing]:
    """Time all peers on one workload.

    Args:
        workload: the layer.
        peers: who is timed.
        threads: of torch, and of each library that has a setting of its own.
        rounds: in each round every peer has one turn.
        budget: in seconds; no round starts after that, once there were three (or `rounds`, if fewer).
        seed: of the tensors and of the order of the turns.
        clock: gives the time in seconds.
    """
    problem = make_problem(workload, seed)
    runs: dict[tuple[str, str], list[float]] = {}
    with _threads(threads), _garbage_collected_by_hand():
        forwards = {peer.name: peer.prepare(problem, threads) for peer in peers}
        usual = {}
        for peer in peers:  # warm up: compile, load, allocate
            turn(forwards[peer.name], problem, peer.gradients, clock)
            usual[peer.name] = max(turn(forwards[peer.name], problem, peer.gradients, clock).values())
        end = clock() + budget
        for number, order in enumerate(orders(peers, rounds, seed)):
            if number >= MINIMUM_ROUNDS and clock() > end:
                break
            for peer in order:
                gc.collect()
                time.sleep(PAUSE)
                if usual[peer.name] < SHORT:
                    turn(forwards[peer.name], problem, peer.gradients, clock)
                for phase, took in turn(forwards[peer.name], problem, peer.gradients, clock).items():
                    runs.setdefault((peer.name, phase), []).append(took)
    return [
        Timing(workload.name, peer.name, threads, phase, *quartiles(seconds), runs=len(seconds))
        for peer in peers
        for phase in PHASES
        if (seconds := runs.get((peer.name, phase)))
    ]


def orders(peers: Sequence[Peer], rounds: int, seed: int) -> Iterator[list[Peer]]:
    """Yield the order of the turns of each round: every peer once, shuffled anew."""
    generator = random.Random(seed)
    for _ in range(rounds):
        yield generator.sample(list(peers), len(peers))


def turn(forward: Forward, problem: Problem, gradients: str, clock: Clock) -> dict[str, float]:
    """Return the seconds of each phase that a peer has; see `Peer.gradients`.

    Forward and their sum are timed with all gradients wanted, as in training. For the other two phases the
    forward pass is run again, untimed, wanting only the gradients of that phase.
    """
    seconds = {}
    leaves = _leaves(problem, () if gradients == "none" else (0, 1, 2, 3))
    start = clock()
    output = forward(*leaves)
    middle = clock()
    seconds[FORWARD] = middle - start
    if gradients == "none":
        return seconds
    torch.autograd.grad(output, leaves, problem.grad_output, allow_unused=True)
    seconds[BOTH] = clock() - start
    if gradients == "each":
        for phase, wanted in ((GRAD_INPUT, (0, 1)), (GRAD_PARAMETERS, (2, 3))):
            leaves = _leaves(problem, wanted)
            output = forward(*leaves)
            start = clock()
            torch.autograd.grad(
                output, [leaves[index] for index in wanted], problem.grad_output, allow_unused=True
            )
            seconds[phase] = clock() - start
    return seconds


def quartiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile; all the same for a single run."""
    if len(seconds) == 1:
        return seconds[0], seconds[0], seconds[0]
    lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
    return lower, median, upper


def _leaves(problem: Problem, wanted: Sequence[int]) -> list[torch.Tensor]:
    return [leaf.detach().requires_grad_(index in wanted) for index, leaf in enumerate(problem.leaves)]


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _garbage_collected_by_hand() -> Iterator[None]:
    """Garbage is collected only where this module asks for it, and of new objects only, so quickly."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()
