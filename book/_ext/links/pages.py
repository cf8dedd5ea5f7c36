"""The displayed formulas of a page's source: the directives ``{math}`` and ``{step}`` with their options."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent>[ >]*)(?P<fence>`{3,}|:{3,})\{(?P<kind>math|step)\}[ \t]*\n"
    r"(?P<inside>.*?)^(?P=indent)(?P=fence)[ \t]*$",
    re.M | re.S,
)
OPTION = re.compile(r"^[ >]*:([a-z]+):[ \t]*(.*)$")


@dataclass(frozen=True)
class Formula:
    kind: str
    options: dict
    latex: str
    line: int

    @property
    def label(self) -> str | None:
        return self.options.get("label")

    @property
    def explains(self) -> bool:
        """Whether it is marked as one that no code implements."""
        return "explains" in self.options.get("class", "").split()


def formulas(path: Path) -> list[Formula]:
    """Return the `{math}` and `{step}` directives of a page, in order."""
    text = path.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        lines = match["inside"].splitlines()
        options = {}
        while lines and (option := OPTION.match(lines[0])):
            options[option[1]] = option[2].strip()
            lines.pop(0)
        latex = "\n".join(line.removeprefix(match["indent"]) for line in lines).strip()
        found.append(Formula(match["kind"], options, latex, text.count("\n", 0, match.start()) + 1))
    return found


def pages(book: Path) -> list[Path]:
    """Return the source of each page of the book."""
    return [path for path in sorted(book.rglob("*.md")) if "_build" not in path.parts]
