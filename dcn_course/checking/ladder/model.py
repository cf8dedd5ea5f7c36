"""The parts of a ladder: rungs, quantities, and what their entries mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Arguments: TypeAlias = dict[str, Any]
Numbers: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]


FIXED_SEEDS = (0, 1, 2, 3)


@dataclass(frozen=True)
class Family:
    """A kind of input.

    Attributes:
        name: short.
        about: what is special about it.
        make: builds the arguments of a rung from its function's name and a random generator.
    """

    name: str
    about: str
    make: Callable[[str, np.random.Generator], Arguments]


@dataclass(frozen=True)
class Feature:
    """A property that an entry has or has not; where all wrong ones have it, it is named.

    Attributes:
        words: completes "the wrong entries …".
        mask: for each entry of the quantity; may broadcast.
        hint: what this points to; "" if to nothing in particular.
    """

    words: str
    mask: Mask
    hint: str = ""


@dataclass(frozen=True)
class Plane:
    """Where the entries lie on the image or on another lattice.

    Attributes:
        title: what the lattice is.
        rows: row of each entry; may broadcast to the quantity's view.
        columns: column of each entry.
        shape: of the lattice: rows and columns run from `first` on.
        first: (row, column) of the upper left place.
        image: (H, W), where the lattice is that of an image, drawn as its outline; else None.
    """

    title: str
    rows: Numbers
    columns: Numbers
    shape: tuple[int, int]
    first: tuple[int, int] = (0, 0)
    image: tuple[int, int] | None = None


@dataclass(frozen=True)
class Quantity:
    """One array that a function returns.

    Attributes:
        name: in words.
        axes: name of each axis of the view, for naming an entry.
        view: the shape in which the axes are seen apart; from the arguments and the array's own shape.
        features: what may be common to wrong entries, in the view's shape.
        planes: the lattices on which to show where it is wrong.
        terms: the named summands of the right result; their sum is the result. None where it has no summands.
        finer: the same in smaller summands, for a result that is not made of the large ones.
        foreign: what people add to it, though it does not belong there.
        equations: where terms are named "sum: term", the label of each sum's equation.
        kind: "real", or "whole" where only integers will do.
    """

    name: str
    axes: tuple[str, ...]
    features: Callable[[Arguments], list[Feature]]
    planes: Callable[[Arguments], list[Plane]]
    view: Callable[[Arguments, tuple[int, ...]], tuple[int, ...]] = lambda arguments, shape: shape
    terms: Callable[[Arguments], dict[str, Numbers]] | None = None
    finer: Callable[[Arguments], dict[str, Numbers]] | None = None
    foreign: Callable[[Arguments], dict[str, Numbers]] | None = None
    equations: Mapping[str, str] = field(default_factory=dict, hash=False)
    kind: Literal["real", "whole"] = "real"


@dataclass(frozen=True)
class Rung:
    """A function and what it must give.

    Attributes:
        function: its name.
        reference: computes the right results, one for each quantity, from the same arguments.
        quantities: what the function returns, in this order.
        small: arguments for the search of a counterexample, the smallest first.
        probes: file of the functions that make the calls where plain arrays do not suffice; "" for none.
        paste: where there are probes, gives lines of Python that make the call with the arguments as tensors.
    """

    function: str
    reference: Callable[..., tuple[Any, ...]]
    quantities: tuple[Quantity, ...]
    small: Callable[[], Iterator[Arguments]]
    probes: str = ""
    paste: Callable[[Arguments], str] | None = None


@dataclass(frozen=True)
class Ladder:
    """The rungs of an exercise, and the kinds of input on which each is tried.

    Attributes:
        rungs: in the order in which they are looked at.
        families: the kinds of input.
        seeds: of the inputs that are the same in every check.
        extra: what else to say of a right solution; gets the runner, which makes calls. It decides nothing.
    """

    rungs: tuple[Rung, ...]
    families: tuple[Family, ...]
    seeds: tuple[int, ...] = FIXED_SEEDS
    extra: Callable[[Callable[[list[tuple[str, Arguments]]], Any]], tuple[str, ...]] | None = None

    @property
    def probes(self) -> str:
        """File of the probes of all rungs; "" where there are none."""
        return self.rungs[0].probes

    def arguments(self, rung: Rung, family: Family, seed: int) -> Arguments:
        """Build the arguments of a rung; the same for the same seed."""
        place = self.families.index(family)
        return family.make(rung.function, np.random.default_rng([seed, place]))

    def rung(self, function: str) -> Rung:
        """Return the rung of this function; KeyError if there is none."""
        for rung in self.rungs:
            if rung.function == function:
                return rung
        raise KeyError(function)


def grid(shape: Sequence[int]) -> list[Numbers]:
    """Return the index of each axis at each entry, open, so that they broadcast."""
    return list(np.ogrid[tuple(slice(n) for n in shape)])
