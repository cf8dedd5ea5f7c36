"""The experiments by name."""

import dataclasses
from dataclasses import dataclass

from dcn_course import report
from dcn_course.experiments.settings import (
    CHOSEN,
    GRIDS,
    TUNED_NETWORKS,
    TUNING_EPOCHS,
    TUNING_SEED,
    VALIDATION,
)
from dcn_course.report import Printed
from dcn_course.training.config import Phase, TrainingConfig

RECIPES = ("period", "tuned")
DATASETS = ("mnist", "cifar10")
# The report's epochs: of all parameters, then of the offsets alone.
EPOCHS = {"mnist": (3, 2), "cifar10": (29, 2)}
# Epochs that give LeNet-5 on MNIST at least the training time of LeNet-5-DC: its epochs take about a quarter.
LONGER = 20
WITH_WEIGHTS = ("lenet5", "lenet5-dc")  # the labs start from these networks
RANDOM_PIXELS = 1.0  # spread of the random offsets


@dataclass(frozen=True)
class Experiment:
    """A recipe with a name.

    Attributes:
        name: names the files of its records.
        title: what it is, in words.
        recipe: with any seed; each run replaces it by its own.
        seeds: those of the runs that belong to it.
        keeps_weights_of: the seeds whose networks are kept beside their records.
    """

    name: str
    title: str
    recipe: TrainingConfig
    seeds: tuple[int, ...] = (0,)
    keeps_weights_of: tuple[int, ...] = ()

    def config(self, seed: int) -> TrainingConfig:
        """Return the recipe with a seed."""
        return dataclasses.replace(self.recipe, seed=seed)


@dataclass(frozen=True)
class Group:
    """The experiments on one data set with one kind of recipe.

    Attributes:
        name: names the folder of the records, see `group_name` and `tuning_name`.
        dataset: "mnist" or "cifar10".
        experiments: in the order in which they run.
        printed: the report's numbers for this data set.
    """

    name: str
    dataset: str
    experiments: tuple[Experiment, ...]
    printed: tuple[Printed, ...]


def group_name(dataset: str, kind: str) -> str:
    """Return the name of the group of a data set and a kind of recipe."""
    return f"{dataset}-{kind}"


def tuning_name(dataset: str, kind: str) -> str:
    """Return the name of the group of the runs that chose the settings of a recipe."""
    return f"{dataset}-{kind}-tuning"


def _group(dataset: str, kind: str) -> Group:
    joint, extra = EPOCHS[dataset]
    total = joint + extra
    five, three = tuple(range(5)), tuple(range(3))
    first = Phase("joint", joint)
    offsets = Phase("offsets", extra, "offsets")

    def experiment(
        name: str, title: str, seeds: tuple[int, ...], network: str, *phases: Phase, **options: object
    ) -> Experiment:
        border = "project" if network == "lenet5-dc" else None
        settings = {"border": border} | CHOSEN[dataset, kind][network].options() | options
        kept = seeds[:1] if name in WITH_WEIGHTS else ()
        return Experiment(name, title, TrainingConfig(network, dataset, phases, **settings), seeds, kept)

    plain = Phase("all", total)
    kept = [
        experiment("lenet5", f"LeNet-5, {total} epochs", five, "lenet5", plain),
        experiment(
            "lenet5-dc-joint",
            f"LeNet-5-DC, {total} epochs of all parameters",
            five,
            "lenet5-dc",
            first,
            Phase("joint-on", extra),
        ),
        experiment(
            "lenet5-dc",
            f"LeNet-5-DC, {joint} epochs of all parameters, then {extra} of the offset predictors alone",
            five,
            "lenet5-dc",
            first,
            offsets,
        ),
        experiment(
            "lenet5-dc-kernels-fixed",
            f"LeNet-5-DC, {joint} epochs of all parameters, then {extra} with the deformable kernels fixed",
            five,
            "lenet5-dc",
            first,
            Phase("kernels-fixed", extra, "all-but-kernels"),
        ),
        experiment(
            "lenet5-wide",
            f"LeNet-5 with more maps, as many parameters as LeNet-5-DC, {total} epochs",
            three,
            "lenet5-wide",
            plain,
        ),
    ]
    if dataset == "mnist":
        frozen = Phase("all-but-offsets", total, "all-but-offsets")
        kept += [
            experiment(
                "lenet5-longer",
                f"LeNet-5, {LONGER} epochs: about the training time of LeNet-5-DC",
                three,
                "lenet5",
                plain,
                Phase("longer", LONGER - total),
            ),
            experiment(
                "lenet5-dc-zero",
                f"LeNet-5-DC with offsets fixed at zero, {total} epochs",
                three,
                "lenet5-dc",
                frozen,
            ),
            experiment(
                "lenet5-dc-random",
                f"LeNet-5-DC with random fixed offsets of {RANDOM_PIXELS:g} pixel, {total} epochs",
                three,
                "lenet5-dc",
                frozen,
                offset_spread=RANDOM_PIXELS,
            ),
            experiment(
                "lenet5-dc-zeros",
                f"LeNet-5-DC with zeros outside the image, {joint} epochs and {extra} of the offsets alone",
                three,
                "lenet5-dc",
                first,
                offsets,
                border="zeros",
            ),
        ]
    return Group(group_name(dataset, kind), dataset, tuple(kept), report.TABLES[dataset])


def _tuning(dataset: str, kind: str) -> Group:
    """The grid of a recipe, on the validation images."""
    epochs = TUNING_EPOCHS.get((dataset, kind), sum(EPOCHS[dataset]))
    return Group(
        tuning_name(dataset, kind),
        dataset,
        tuple(
            Experiment(
                f"{network}-{setting.name}",
                f"{network}, {setting.name.replace('-', ', ')}",
                TrainingConfig(
                    network,
                    dataset,
                    (Phase("all", epochs),),
                    border="project" if network == "lenet5-dc" else None,
                    validation=VALIDATION,
                    **setting.options(),
                ),
                (TUNING_SEED,),
            )
            for network in TUNED_NETWORKS[kind]
            for setting in GRIDS[dataset, kind]
        ),
        report.TABLES[dataset],
    )


GROUPS = {
    group.name: group
    for dataset in DATASETS
    for kind in RECIPES
    for group in (_group(dataset, kind), _tuning(dataset, kind))
}
