"""Where an equation stands in the book: in the local build, where there is one."""

from __future__ import annotations

from .catalogue import PACKAGE


def link(chapter: str, equation: str) -> tuple[str, str]:
    """Say where an equation stands.

    Args:
        chapter: the page of the exercise, without its suffix.
        equation: its label.

    Returns:
        Words, and an address: that of the equation in the book built in this checkout, else the page's name.
    """
    words = f"equation {equation}"
    built = PACKAGE.parent / "book" / "_build" / "html"
    for page in (chapter, "notation"):
        path = built / f"{page}.html"
        if path.is_file() and f'id="equation-{equation}"' in path.read_text(encoding="utf-8"):
            return words, f"{path.as_uri()}#equation-{equation}"
    return words, f"page {chapter}"
