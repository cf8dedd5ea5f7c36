"""What the wrong entries have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compare import Fault, Trial
from ..ladder.model import Mask, Quantity

_RARE = 0.5  # a property that more of the right entries have explains little
_SHOWN = 2


def in_common(quantity: Quantity, checked: Sequence[tuple[Trial, Mask]]) -> list[str]:
    """Find the properties that all wrong entries have and few right ones.

    Args:
        quantity: which one.
        checked: each input on which the quantity had the right shape, and which of its entries are wrong,
            in the
            quantity's view.

    Returns:
        At most two sentences with their counts, the most telling first; none where nothing tells.
    """
    wrong = sum(int(mask.sum()) for _, mask in checked)
    right = sum(mask.size for _, mask in checked) - wrong
    counts: dict[str, tuple[int, int, str]] = {}
    for trial, mask in checked:
        for feature in quantity.features(trial.arguments):
            has = np.broadcast_to(feature.mask, mask.shape)
            with_it, hits, _ = counts.get(feature.words, (0, 0, ""))
            hits += int((has & mask).sum())
            counts[feature.words] = with_it + int((has & ~mask).sum()), hits, feature.hint
    told: list[tuple[int, str]] = []
    for words, (with_it, hits, hint) in counts.items():
        if hits == wrong and right and with_it <= _RARE * right:
            rest = "no right one does" if with_it == 0 else f"of the {right} right ones, {with_it} do"
            end = f": {hint}" if hint else ""
            told.append(
                (with_it, f"all {wrong} wrong entries {words}; {rest}{end}" + "." * (end[-1:] != "?"))
            )
    fewest = min((count for count, _ in told), default=0)
    return [sentence for count, sentence in told if count == fewest][:_SHOWN]


def places(fault: Fault) -> str:
    """Name the worst entry with its indices: "channel 0, point 3"."""
    assert fault.quantity is not None
    return ", ".join(f"{a} {i}" for a, i in zip(fault.quantity.axes, worst(fault), strict=True))


def worst(fault: Fault) -> tuple[int, ...]:
    """Return the index of the entry that is farthest off, one that is NaN first."""
    assert fault.got is not None
    assert fault.want is not None
    assert fault.wrong is not None
    off = np.abs(fault.got.astype(float) - fault.want.astype(float))
    off = np.where(fault.wrong, np.where(np.isnan(off), np.inf, off), -1)
    return tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
