"""Test images that one network gets right with more seeds than the other, from the images that are kept."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from palette import use_style

from dcn_course.findings import KeptImages, Runs

COLUMNS = 4


def shares(runs: Runs, kept: KeptImages, one: str, other: str) -> list[tuple[int, int, int]]:
    """(image, seeds that get it right with `one`, with `other`) where `one` leads, the clearest first."""
    seeds = sorted(set(runs.records[one]) & set(runs.records[other]))
    found = []
    for index in kept.indices:
        right = [
            sum(runs.records[name][seed].predictions[index] == kept.labels[index] for seed in seeds)
            for name in (one, other)
        ]
        if right[0] > right[1]:
            found.append((index, *right))
    return sorted(found, key=lambda entry: (entry[2] - entry[1], entry[0]))


def examples_alt(runs: Runs, kept: KeptImages, one: str, other: str) -> str:
    entries = shares(runs, kept, one, other)[: 2 * COLUMNS]
    words = "; ".join(
        f"image {index}, a {kept.classes[int(kept.labels[index])]}: {first} against {second}"
        for index, first, second in entries
    )
    return f"Test images that {one} gets right with more seeds than {other}. {words}."


def examples(runs: Runs, kept: KeptImages, one: str, other: str) -> list[Figure]:
    use_style()
    seeds = len(set(runs.records[one]) & set(runs.records[other]))
    entries = shares(runs, kept, one, other)[: 2 * COLUMNS]
    figures = []
    for index, first, second in entries:
        figure, ax = plt.subplots(figsize=(1.45, 1.75))
        image = kept.part([index]).images[0]
        if len(image) == 1:
            ax.imshow(image[0], cmap="gray_r", interpolation="nearest")
        else:
            ax.imshow(image.transpose(1, 2, 0), interpolation="nearest")
        name = kept.classes[int(kept.labels[index])]
        ax.set_title(f"{name}  ({index})\n{first}/{seeds} against {second}/{seeds}", fontsize=8)
        ax.axis("off")
        figures.append(figure)
    return figures
