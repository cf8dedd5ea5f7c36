"""A built page as Markdown for a notebook: its text with all numbers and links in place, and its cells."""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag

LEFT_OUT = (
    "a.headerlink, .formula-line, svg, script, "
    ".cell_input, details.hide, .cell_output > .output, .cell_output img"
)
HEADING = re.compile(r"h([1-6])")
SPLIT = re.compile(
    r"\\begin\{split\}\s*(\\begin\{aligned\}.*\\end\{aligned\})\s*\\end\{split\}", re.S
)  # Sphinx's


def cells(page: str, code: list[str], at: str = "") -> list[tuple[str, str]]:
    """Return the cells of a page: (kind, text), where kind is "markdown" or "code".

    Args:
        page: the built page.
        code: what stands in its code cells, in their order.
        at: the public address of the page, from which its links start; where it is empty they are left out.

    Raises:
        ValueError: the page shows more or fewer cells than there is code for.
    """
    article = BeautifulSoup(page, "html.parser").select_one("article.bd-article")
    for cell in (places := article.select("div.cell")):
        cell.insert_before(NavigableString("\0"))
        for unwanted in cell.select(LEFT_OUT):
            unwanted.decompose()
    if len(places) != len(code):
        raise ValueError(f"the page shows {len(places)} cells, its source has {len(code)}")
    for unwanted in article.select(LEFT_OUT):
        unwanted.decompose()
    texts = _blocks(article, at).split("\0")
    made = []
    for number, text in enumerate(texts):
        if number:
            made.append(("code", code[number - 1]))
        if text.strip():
            made.append(("markdown", re.sub(r"\n{3,}", "\n\n", text).strip()))
    return made


def _blocks(parent: Tag, at: str) -> str:
    """The children of an element, those in a line of their own."""
    parts, line = [], ""
    for child in parent.children:
        block = _block(child, at)
        if block is None:
            line += _inline(child, at)
            continue
        parts += [line.strip(), block]
        line = ""
    return "\n\n".join(part for part in [*parts, line.strip()] if part)


def _block(node, at: str) -> str | None:
    """An element that stands for itself; None for one that stands in a line."""
    if isinstance(node, NavigableString):
        return "\0" if node == "\0" else None
    classes = node.get("class", [])
    if heading := HEADING.fullmatch(node.name):
        return f"{'#' * int(heading[1])} {_inline(node, at).strip()}"
    if "math" in classes and node.name == "div":
        return _formula(node)
    if "highlight" in classes:
        return f"```python\n{node.get_text().rstrip()}\n```"
    if node.name == "pre":
        return f"```\n{node.get_text().rstrip()}\n```"
    if "admonition-title" in classes:
        return f"**{_inline(node, at).strip()}**"
    if node.name == "summary":
        return f"<summary>{node.get_text(' ', strip=True)}</summary>"
    if node.name == "details":
        return f"<details>\n\n{_blocks(node, at)}\n\n</details>"
    if "solution" in classes:  # folded on the page
        title = node.select_one(".admonition-title").extract().get_text(" ", strip=True)
        return f"<details>\n<summary>{title}</summary>\n\n{_blocks(node, at)}\n\n</details>"
    if node.name in ("ul", "ol"):
        return "\n".join(_item(item, node.name, at) for item in node.find_all("li", recursive=False))
    if node.name == "dt":
        return f"**{_inline(node, at).strip()}**"
    if node.name == "table":
        return str(node)  # Markdown's tables hold less
    if node.name == "aside":
        return "\n".join(f"> {line}".rstrip() for line in _blocks(node, at).split("\n"))
    if node.name == "p":
        return _inline(node, at).strip()
    return _blocks(node, at) if node.name in ("div", "section", "figure", "figcaption", "dl", "dd") else None


def _item(item: Tag, kind: str, at: str) -> str:
    first, *more = _blocks(item, at).split("\n")
    return "\n".join([f"{'-' if kind == 'ul' else '1.'} {first}", *(f"   {line}".rstrip() for line in more)])


def _formula(node: Tag) -> str:
    number = node.select_one(".eqno")
    tag = f"\n\\tag{{{number.extract().get_text().strip('() ')}}}" if number else ""
    latex = node.get_text().strip().removeprefix(r"\[").removesuffix(r"\]").strip()
    return f"$$\n{SPLIT.sub(lambda match: match[1], latex)}{tag}\n$$"


def _inline(node, at: str) -> str:
    if isinstance(node, NavigableString):
        return re.sub(r"\s+", " ", re.sub(r"([*_`$<])", r"\\\1", node))
    inner = "".join(_inline(child, at) for child in node.children)
    if "math" in node.get("class", []):
        return "$" + node.get_text().removeprefix(r"\(").removesuffix(r"\)") + "$"
    if node.name == "code":
        return f"`{node.get_text()}`"
    if node.name in ("strong", "em") and inner.strip():
        return f"**{inner}**" if node.name == "strong" else f"*{inner}*"
    if node.name == "a":
        address = urljoin(at, node.get("href", "")) if at else node.get("href", "")
        return f"[{inner.strip()}]({address})" if urlsplit(address).scheme else inner
    return inner
