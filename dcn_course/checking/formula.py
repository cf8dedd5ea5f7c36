"""A function as an argument of a student's function: it can be sent to another process and be pasted."""

from __future__ import annotations

from typing import Any

import numpy as np


class Formula:
    """A function given by its Python source, in which `np` is NumPy; it shows as that source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._function = eval(source, {"np": np})

    def __call__(self, x: Any) -> Any:
        """Compute it."""
        return self._function(x)

    def __repr__(self) -> str:
        return self.source
