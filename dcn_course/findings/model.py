"""A claim, and what came of its test."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dcn_course.findings.evidence import Evidence


class Verdict(StrEnum):
    """What the records say about a claim."""

    HELD = "held"
    FAILED = "did not hold"
    OPEN = "cannot be told"
    MISSING = "not yet measured"


@dataclass(frozen=True)
class Outcome:
    """The verdict on a claim.

    Attributes:
        verdict: which of the four.
        numbers: what was measured, in words; empty if nothing was.
        reason: why the numbers give this verdict.
        sources: the records and files that the numbers come from; empty only for `Verdict.MISSING`.

    Raises:
        ValueError: there is a verdict without a source.
    """

    verdict: Verdict
    numbers: str
    reason: str
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.verdict is not Verdict.MISSING and not self.sources:
            raise ValueError(f"sources must name a record for the verdict {self.verdict!r}, got none")


@dataclass(frozen=True)
class Claim:
    """Something that the report says.

    Attributes:
        place: where it says so.
        says: what it says, in our words or quoted.
        test: what we did to find out.
        criterion: what decides between the verdicts.
        judge: turns the evidence into an outcome.
        commands: what makes the records that the judge looks at.
    """

    place: str
    says: str
    test: str
    criterion: str
    judge: Callable[[Evidence], Outcome]
    commands: tuple[str, ...]
