"""What a few runs tell: means with intervals, and differences between two networks seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Summary:
    """A number over the seeds.

    Attributes:
        n: how many seeds.
        mean: over the seeds.
        deviation: the sample standard deviation; None for one seed.
        low: lower end of the 95 % interval of the mean, by Student's t; None for one seed.
        high: its upper end; None for one seed.
    """

    n: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Paired:
    """The differences of two networks, seed by seed.

    Attributes:
        n: how many seeds both have.
        mean: of the differences, first minus second.
        low: lower end of their 95 % interval, by Student's t.
        high: its upper end.
        p_t: two-sided p-value of the paired t-test, which takes the differences to be normally distributed.
        p_exact: two-sided p-value of the exact sign-flip test, which takes nothing for granted but that each
            difference could as well have had the other sign.
        p_exact_least: the least that the exact test can give with so many seeds, 2/2**n: 0.0625 for five.
    """

    n: int
    mean: float
    low: float
    high: float
    p_t: float
    p_exact: float
    p_exact_least: float


def summarise(values: Sequence[float]) -> Summary:
    """Return mean, deviation and interval of some runs.

    Raises:
        ValueError: there is no value, or one is not finite.
    """
    if len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"values must be finite numbers, at least one, got {list(values)}")
    if len(values) == 1:
        return Summary(1, float(values[0]), None, None, None)
    return Summary(len(values), *_spread(np.asarray(values, dtype=np.float64)))


def compare(first: Mapping[int, float], second: Mapping[int, float]) -> Paired:
    """Compare two networks on the seeds that both have.

    The seed decides the order of the images and, as far as the networks are alike, the initial weights, so
    the runs of one seed are a pair.

    Args:
        first: a number for each seed.
        second: the same of the other network.

    Raises:
        ValueError: they share fewer than two seeds, or a number is not finite.
    """
    seeds = sorted(set(first) & set(second))
    if len(seeds) < 2:
        raise ValueError(
            f"first and second must share at least two seeds, got {sorted(first)} and {sorted(second)}"
        )
    difference = np.array([first[seed] - second[seed] for seed in seeds])
    if not np.isfinite(difference).all():
        raise ValueError(f"first and second must hold finite numbers, got differences {difference.tolist()}")
    mean, deviation, low, high = _spread(difference)
    # Without any spread the t-test has nothing to divide by.
    p_t = float(stats.ttest_1samp(difference, 0).pvalue) if deviation else float(not mean)
    # Means that are equal must count as equal, whatever the last bits of their sums.
    scaled = difference / (np.abs(difference).max() or 1)
    exact = stats.permutation_test(
        (scaled, np.zeros_like(scaled)),
        lambda a, b, axis: np.round(np.mean(a - b, axis=axis), 9),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    return Paired(
        n=len(seeds),
        mean=mean,
        low=low,
        high=high,
        p_t=p_t,
        p_exact=float(exact.pvalue),
        p_exact_least=2.0 ** (1 - len(seeds)),
    )


def _spread(values: Values) -> tuple[float, float, float, float]:
    """Mean, sample deviation, and the ends of the interval of the mean."""
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * deviation / len(values) ** 0.5
    return mean, deviation, mean - reach, mean + reach
