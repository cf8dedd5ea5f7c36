"""What several judges share: a prediction interval, and the verdict on a paired difference."""

from collections.abc import Iterable, Sequence

from scipy import stats

from dcn_course.comparisons import CONFIDENCE, Paired, summarise
from dcn_course.findings.model import Outcome, Verdict
from dcn_course.records import Record

FEWEST = 3  # runs; with two, a t interval is a dozen deviations wide
NOT_YET = Outcome(Verdict.MISSING, "", "There is no record that could decide it.", ())


def files_of(found: Iterable[Record]) -> tuple[str, ...]:
    """Return the records' paths in the folder of results."""
    return tuple(f"{record.group}/{record.file_name}" for record in found)


def prediction(values: Sequence[float]) -> tuple[float, float]:
    """Return the interval in which one more run lies with 95 % confidence, by Student's t.

    Wider than the interval of the mean: a single run, like the report's, has all of the spread between seeds.

    Raises:
        ValueError: there are fewer than two values, or one is not finite.
    """
    found = summarise(values)
    if found.deviation is None:
        raise ValueError(f"values must be at least two, got {list(values)}")
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, found.n - 1) * found.deviation * (1 + 1 / found.n) ** 0.5
    return found.mean - float(reach), found.mean + float(reach)


def by_sign(low: float, high: float, n: int) -> Verdict:
    """Return whether a difference that is claimed to be positive is: by the interval of its mean."""
    if n < FEWEST or low <= 0 <= high:
        return Verdict.OPEN
    return Verdict.HELD if low > 0 else Verdict.FAILED


def points(found: Paired) -> str:
    """Return a difference of accuracies in words."""
    return f"{found.mean:+.2f} points, 95 % interval [{found.low:+.2f}, {found.high:+.2f}], n = {found.n}"


def too_few(n: int) -> str:
    """Return the reason why so few runs decide nothing."""
    return f"Only {n} {'run' if n == 1 else 'runs'}: we ask for {FEWEST} at least."
