"""Where an equation stands in the book: in the local build, or online."""

from __future__ import annotations

import re
from importlib import metadata

from .catalogue import PACKAGE


def link(chapter: str, equation: str) -> tuple[str, str]:
    """Say where an equation stands.

    Args:
        chapter: the page of the exercise, without its suffix; it is looked at first.
        equation: its label, of any chapter.

    Returns:
        Words, and an address: that of the equation in the book built in this checkout; else its line in the
        map of equations online, where the book has a public address; else the page's name.
    """
    words = f"equation {equation}"
    built = PACKAGE.parent / "book" / "_build" / "html"
    for path in (built / f"{chapter}.html", *sorted(built.glob("chapters/*.html"))):
        if path.is_file() and f'id="equation-{equation}"' in path.read_text(encoding="utf-8"):
            return words, f"{path.as_uri()}#equation-{equation}"
    online = public_address()
    if online:
        return words, f"{online}/equations.html#map-{equation}"
    return words, f"page {chapter}"


def public_address() -> str:
    """Return the book's public address, without a slash at its end; "" as long as it has none.

    It is what the package says under ``Documentation``, else the Pages of its repository.
    """
    return _said("Documentation") or pages_address(repository())


def pages_address(repository: str) -> str:
    """Return where GitHub publishes the pages of a repository; "" for one that is not at GitHub."""
    found = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+?)(?:\.git)?/?", repository)
    return f"https://{found[1].lower()}.github.io/{found[2]}" if found else ""


def repository() -> str:
    """Return the address of the course's repository, without a slash at its end; "" as long as it has none.

    It is what the package says under ``Repository``: the one address that is to be set.
    """
    return _said("Repository")


def _said(wanted: str) -> str:
    for entry in metadata.metadata("dcn-course").get_all("Project-URL") or ():
        name, _, address = str(entry).partition(", ")
        if name == wanted:
            return address.strip().rstrip("/")
    return ""
