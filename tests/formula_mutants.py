"""Formulas with one planted mistake each: a wrong sign, number, axis, weight or channel, no transpose."""

import re
from collections.abc import Iterator
from itertools import pairwise

from proofs.tokens import tokens

FLIPPED = {"+": "-", "-": "+"}
AXES = {"y": "x", "x": "y"}
WEIGHTS = {"0": "2", "2": "0", "1": "3", "3": "1"}
CHANNELS = {"1": "2", "2": "1"}
TRANSPOSE = re.compile(r"\^(\{\s*\\mathsf\s*T\s*\}|\\top)")


def mutants(latex: str) -> Iterator[str]:
    """Yield the formula with one sign flipped, number, axis or index changed, or transpose left out."""
    found = tokens(latex)
    for place, token in enumerate(found):
        before = [t.text for t in found[max(0, place - 2) : place]]
        after = latex[token.at + len(token.text) :]
        last = before[-1] if before else ""

        def put(new: str, token=token, after=after) -> str:
            return latex[: token.at] + new + after

        if token.text in FLIPPED:
            yield put(FLIPPED[token.text])
        elif token.text in AXES and last == "^":
            yield put(AXES[token.text])
        elif token.text in WEIGHTS and before == ["w", "_"]:
            yield put(WEIGHTS[token.text])
        elif token.text in CHANNELS and before == ["c", "_"]:
            yield put(CHANNELS[token.text])
        elif token.text.isdigit() and last not in ("_", "^"):
            yield put(str(int(token.text) + 1))
    for relation, following in pairwise(found):
        if relation.text in ("=", r"\le", "<") and following.text not in ("+", "-", "0", "&", r"\\"):
            yield f"{latex[: following.at]}-{latex[following.at :]}"
    for match in TRANSPOSE.finditer(latex):
        yield latex[: match.start()] + latex[match.end() :]
