"""The seven steps of the lab, from loops to vectors: the times that the committed lab shows."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from palette import BLUE, INK, LINE, QUIET, use_style
from show import show

LAB = Path(__file__).resolve().parent.parent / "labs" / "compiled_kernel.ipynb"
ALT = (
    "Seven bars on a logarithmic axis, one under the other: the time an image takes with loops, NumPy, "
    "PyTorch, numba, threads, memory order and vectors. The first is thousands of times longer than the "
    "last; the loops compiled as they stand come near PyTorch. The lab has a table of the numbers."
)


def ladder() -> dict[str, Any]:
    """Return the measurement that the lab keeps beside one of its outputs, seconds an image."""
    cells = json.loads(LAB.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    (found,) = [out["metadata"]["ladder"] for out in outputs if "ladder" in out.get("metadata", {})]
    return found


def draw() -> list[Figure]:
    use_style()
    measured = ladder()
    steps = measured["steps"]
    microseconds = [1e6 * step["seconds"] for step in steps]
    figure, ax = plt.subplots(figsize=(5.2, 3.4))
    left = min(microseconds) / 2
    for place, time in enumerate(microseconds):
        ax.barh(place, time - left, left=left, height=0.62, color=BLUE, alpha=0.85)
        ax.text(time * 1.15, place, f"{time:,.0f} µs", va="center", color=INK)
    names = [
        f"{step['name']}, {step['threads']} {'thread' if step['threads'] == 1 else 'threads'}"
        for step in steps
    ]
    ax.set_yticks(range(len(steps)), names)
    ax.set(xscale="log", xlim=(left, max(microseconds) * 9), xlabel="time an image")
    ax.set_xticks(
        [10, 100, 1000, 10_000, 100_000], ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms"], color=QUIET
    )
    ax.minorticks_off()
    ax.grid(axis="x", color=LINE, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.invert_yaxis()
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return [figure]


if __name__ == "__main__":
    show(draw(), ALT, "ladder")
