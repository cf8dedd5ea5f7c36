import itertools

import numpy as np
import pytest
from scipy import stats

from dcn_course.comparisons import compare, summarise

FIRST = {0: 98.5, 1: 98.9, 2: 98.7, 3: 99.1, 4: 98.6}
SECOND = {0: 98.4, 1: 98.5, 2: 98.8, 3: 98.6, 4: 98.2}


def test_the_interval_is_that_of_students_t():
    found = summarise(list(FIRST.values()))
    low, high = stats.t.interval(0.95, 4, np.mean(list(FIRST.values())), stats.sem(list(FIRST.values())))
    assert (found.n, found.mean) == (5, pytest.approx(98.76))
    assert found.deviation == pytest.approx(np.std(list(FIRST.values()), ddof=1))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_the_interval_holds_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [summarise(rng.normal(3.0, 2.0, 5)) for _ in range(4000)]
    share = np.mean([found.low < 3.0 < found.high for found in intervals])
    assert share == pytest.approx(0.95, abs=0.015)


def test_one_seed_has_no_spread():
    found = summarise([98.5])
    assert (found.n, found.mean, found.deviation, found.low, found.high) == (1, 98.5, None, None, None)


def test_differences_are_paired_by_seed():
    found = compare(FIRST, SECOND)
    differences = np.array([FIRST[seed] - SECOND[seed] for seed in FIRST])
    assert found.n == 5
    assert found.mean == pytest.approx(differences.mean())
    expected = stats.ttest_rel(list(FIRST.values()), list(SECOND.values()))
    assert found.p_t == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    shuffled = dict(reversed(SECOND.items())) | {9: 0.0}
    assert compare(FIRST, shuffled) == found


def test_the_exact_test_counts_the_flips_of_signs():
    differences = np.array([FIRST[seed] - SECOND[seed] for seed in FIRST])
    flips = [abs((differences * signs).mean()) for signs in itertools.product((1, -1), repeat=5)]
    expected = np.mean([value >= abs(differences.mean()) - 1e-12 for value in flips])
    found = compare(FIRST, SECOND)
    assert found.p_exact == pytest.approx(expected)
    assert found.p_exact_least == 0.0625
    assert compare(FIRST, {seed: value - 1 for seed, value in FIRST.items()}).p_exact == 0.0625


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([0.9844, 0.9895, 0.985], [0.9841, 0.9894, 0.9853], 1),
        ([0.9874, 0.9885, 0.9814], [0.9873, 0.9886, 0.9813], 1),
        ([0.9817, 0.9858, 0.9854], [0.9814, 0.9859, 0.9853], 0.75),
    ],
)
def test_flips_with_the_same_mean_tie_whatever_their_last_bits(first, second, expected):
    assert compare(dict(enumerate(first)), dict(enumerate(second))).p_exact == expected


def test_two_equal_networks_do_not_differ():
    found = compare(FIRST, FIRST)
    assert (found.mean, found.p_t, found.p_exact) == (0, 1, 1)
    assert compare({0: 2.0, 1: 3.0}, {0: 1.0, 1: 2.0}).p_t == 0


def test_too_few_runs_are_an_error():
    with pytest.raises(ValueError, match="must share at least two seeds, got"):
        compare(FIRST, {0: 1.0, 7: 2.0})
    with pytest.raises(ValueError, match="values must be finite numbers, at least one, got"):
        summarise([])
    with pytest.raises(ValueError, match="values must be finite"):
        summarise([1.0, float("nan")])
