"""The report's experiments by name, and running those that have no record yet. Needs torch only to run."""

from dcn_course.experiments.catalogue import (
    DATASETS,
    GROUPS,
    RECIPES,
    Experiment,
    Group,
    group_name,
    tuning_name,
)
from dcn_course.experiments.running import State, run, states
from dcn_course.experiments.schedule import duration, fits, typical_run
from dcn_course.experiments.tuning import choose_settings, setting_of

__all__ = [
    "DATASETS",
    "GROUPS",
    "RECIPES",
    "Experiment",
    "Group",
    "State",
    "choose_settings",
    "duration",
    "fits",
    "group_name",
    "run",
    "setting_of",
    "states",
    "tuning_name",
    "typical_run",
]
