"""What the verdicts and tables are computed from: records by experiment, a timing measurement, areas."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dcn_course import records
from dcn_course.experiments import GROUPS, Group
from dcn_course.findings.areas import Areas, load_areas
from dcn_course.records import Epoch, Record
from dcn_course.timing import results
from dcn_course.timing.results import Measurement


@dataclass(frozen=True)
class Runs:
    """The records of one group, whatever there is of them.

    Attributes:
        group: the experiments that are planned.
        records: those that are there, by experiment and seed.
    """

    group: Group
    records: dict[str, dict[int, Record]]

    def of(self, experiment: str) -> list[Record]:
        """Return the records of an experiment, seed by seed; none if it was not run."""
        return [record for _, record in sorted(self.records.get(experiment, {}).items())]

    def planned(self, experiment: str) -> int:
        """Return the number of seeds that belong to an experiment."""
        (count,) = [len(each.seeds) for each in self.group.experiments if each.name == experiment]
        return count

    def values(
        self, experiment: str, number: Callable[[Epoch], float], epoch: int | None = None
    ) -> dict[int, float]:
        """Return a number of an epoch for each seed.

        Args:
            experiment: which.
            number: takes it from the epoch.
            epoch: counted from 1; None is the last one.
        """
        return {
            record.seed: number(record.final if epoch is None else record.epochs[epoch - 1])
            for record in self.of(experiment)
        }


def runs_of(group: str, found: Iterable[Record] | None = None) -> Runs:
    """Sort the records of a group.

    Args:
        group: its name.
        found: the records, of any groups; None takes the shipped ones.

    Raises:
        KeyError: there is no such group.
        RecordDamagedError: a shipped record is not intact.
    """
    by_name: dict[str, dict[int, Record]] = {each.name: {} for each in GROUPS[group].experiments}
    for record in records.load_all(group=group) if found is None else found:
        if record.group == group:
            by_name[record.experiment][record.seed] = record
    return Runs(GROUPS[group], by_name)


@dataclass(frozen=True)
class Evidence:
    """All that there is to judge the report's claims by.

    Attributes:
        runs: by the name of the group.
        timing: a measurement of `dcn timing`; None if there is none.
        areas: the sampling areas of the shipped networks, by the name of their group.
    """

    runs: dict[str, Runs]
    timing: Measurement | None = None
    areas: dict[str, Areas] = field(default_factory=dict)


def gather(timing: Path | None = None) -> Evidence:
    """Collect the shipped records and areas, and a measurement of `dcn timing`.

    Args:
        timing: the measurement's file; None goes without.

    Raises:
        RecordDamagedError: a record or the areas are not intact.
        OSError, MeasurementDamagedError: the measurement cannot be read.
    """
    found = records.load_all()
    return Evidence(
        {name: runs_of(name, found) for name in GROUPS},
        None if timing is None else results.load(timing),
        {name: areas for name in GROUPS if (areas := load_areas(name)) is not None},
    )
