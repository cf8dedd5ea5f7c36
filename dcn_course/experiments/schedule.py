"""How long runs take, by the records of earlier ones, and what still fits into a budget of time."""

from pathlib import Path

from dcn_course import records
from dcn_course.experiments.catalogue import Experiment, Group
from dcn_course.records import Record


def typical_run(group: Group, experiment: Experiment, device: str = "cpu") -> Record | None:
    """Return the shipped run of median duration on a kind of device (of two, the shorter).

    Args:
        group: of the experiment.
        experiment: which.
        device: "cpu" or "cuda".

    Returns:
        None if none is shipped.
    """
    shipped = [
        each
        for each in records.load_all(group=group.name)
        if each.experiment == experiment.name
        and {start.device.split(":")[0] for start in each.starts} == {device}
    ]
    shipped.sort(key=lambda record: record.seconds["total"])
    return shipped[(len(shipped) - 1) // 2] if shipped else None


def duration(group: Group, experiment: Experiment, results: Path, device: str = "cpu") -> float | None:
    """Return the seconds that a run may take: the longest of the runs in `results`, else a shipped one's.

    Args:
        group: of the experiment.
        experiment: which.
        results: folder of the records made here.
        device: "cpu" or "cuda".

    Returns:
        None if there is no record of one.
    """
    folder = results / group.name
    here = records.load_all(folder) if folder.is_dir() else []
    seconds = [each.seconds["total"] for each in here if each.experiment == experiment.name]
    if seconds:
        return max(seconds)
    shipped = typical_run(group, experiment, device)
    return None if shipped is None else shipped.seconds["total"]


def fits(seconds: float | None, left: float) -> bool:
    """Whether a run may start with so many seconds left; one of unknown length may, while any are left."""
    return left > 0 and (seconds is None or seconds <= left)
