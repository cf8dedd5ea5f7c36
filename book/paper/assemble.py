"""One HTML page of the whole built book, for paper: a title, the contents, then the pages in their order."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

BOOK = Path(__file__).resolve().parents[1]
STYLES = ("pygments.css", "proof.css", "exercise.css", "look.css", "book.css")
MATHJAX = '<script>MathJax = {options: {processHtmlClass: "math"}}</script>'  # as the book's pages say
UNKNOWN = "0"  # a page number before the first print


def order(contents: dict) -> Iterator[tuple[str, str]]:
    """Yield (the caption of its part, the page) for each page of the table of contents."""
    yield "", contents["root"]
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            yield part["caption"], chapter["file"]


def anchor(page: str, place: str = "") -> str:
    """The name of a place of a page among those of all pages."""
    return f"{page.replace('/', '-')}--{place}"


def article(html: Path, page: str, known: set[str]) -> Tag:
    """Return the text of a page with names, links and pictures as they must be in one page of all."""
    found = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser").select_one(
        "article.bd-article"
    )
    found["id"] = anchor(page)
    for unwanted in found.select("script, details:has(.kill-matrix)"):  # each mistake: 110 sheets
        unwanted.decompose()
    for tag in found.select("#exercise-content, #solution-content"):  # each exercise of a page has them
        del tag["id"]
    for tag in found.select("[id]:not(svg [id])"):  # a drawing's names are its own
        tag["id"] = anchor(page, tag["id"])
    for folded in found.select("details"):
        folded["open"] = ""
    for link in found.select("a[href]"):
        address = link["href"]
        if urlsplit(address).scheme:
            continue
        file, place = urldefrag(address)
        target = (html / page).parent.joinpath(unquote(file)).resolve() if file else html / f"{page}.html"
        name = (
            target.relative_to(html.resolve()).with_suffix("").as_posix() if target.suffix == ".html" else ""
        )
        if name in known:
            link["href"] = f"#{anchor(name, unquote(place))}"
        else:  # the source, a download: not on paper
            del link["href"]
    for picture in found.select("img[src]"):
        if not urlsplit(picture["src"]).scheme:
            picture["src"] = (html / page).parent.joinpath(unquote(picture["src"])).resolve().as_uri()
    return found


def entries(text: Tag) -> Iterator[tuple[str, str, str]]:
    """Yield (level, name of its place, title) for what the contents list of a page: sections in chapters."""
    chapter = text.select_one("h1 .section-number")
    for heading in text.select("h1, h2" if chapter else "h1"):
        section = heading.find_parent("section")
        for mark in heading.select("a.headerlink"):
            mark.decompose()
        yield heading.name, section["id"], " ".join(heading.get_text().split())


def whole(html: Path, numbers: dict[str, str]) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the page of all pages, and what its contents list.

    Args:
        html: the folder of the built book.
        numbers: name of a place -> the number of its sheet; empty before the first print.
    """
    settings = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
    pages = list(order(yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))))
    known = {page for _, page in pages}
    listed, lines, texts, before = [], [], [], ""
    for part, page in pages:
        text = article(html, page, known)
        if part != before:
            lines.append(f'<p class="part">{escape(part)}</p>')
            before = part
        for level, place, title in entries(text):
            listed.append((level, place, title))
            kind = "entry" if level == "h1" else "entry section"
            lines.append(
                f'<div class="{kind}"><a href="#{place}">{escape(title)}</a>'
                f"<span>{numbers.get(place, UNKNOWN)}</span></div>"
            )
        texts.append(f'<div class="page">{text}</div>')
    static = (html / "_static").as_uri()
    styles = "".join(f'<link rel="stylesheet" href="{static}/{name}">' for name in STYLES)
    own = (BOOK / "paper" / "paper.css").as_uri()
    mark = (BOOK / "assets" / "logo.svg").read_text("utf-8")
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f'<title>{escape(settings["title"])}</title>{styles}<link rel="stylesheet" href="{own}">'
        f'{MATHJAX}<script defer src="{static}/mathjax/tex-mml-chtml.js"></script>'
        f'<script defer src="{static}/dcn-figures.js"></script></head><body>'
        f'<div class="title-page">{mark}<p class="name">{escape(settings["title"])}</p>'
        f"<p>{escape(settings['author'])}</p><p>Text and figures: CC BY 4.0. Code: BSD 3-Clause.</p></div>"
        f'<nav class="contents"><h1>Contents</h1>{"".join(lines)}</nav>'
        f'<main class="bd-content">{"".join(texts)}</main></body></html>'
    ), listed
