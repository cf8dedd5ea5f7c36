"""Print the built book as one PDF, book/_build/book.pdf: ``python book/paper/print_book.py``.

Chromium prints it. The contents' page numbers come out of a first print, in which each heading has a place;
then the book is printed again with them. A line that does not fit on the paper is an error.
"""

import shutil
import sys
from pathlib import Path

import yaml
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter

sys.path.insert(0, str(Path(__file__).parent))

from assemble import BOOK, whole

BUILD = BOOK / "_build"
WIDTH = round((210 - 2 * 22) / 25.4 * 96)  # of the text, in CSS pixels: paper.css
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PRINTS = 4  # the contents do not grow, so two settle it; more would be a mistake

# What is set too wide for the page is made smaller, as far as it can be read.
SHRINK = """(least) => {
  for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
    const room = formula.parentElement.clientWidth - (formula.parentElement.querySelector('.eqno') ? 56 : 0);
    const wide = formula.firstElementChild.getBoundingClientRect().width;
    if (wide > room) formula.style.fontSize = `${Math.max(least, room / wide) * 100}%`;
  }
  for (const table of document.querySelectorAll('.bd-article table')) {
    const room = table.parentElement.clientWidth;
    if (table.scrollWidth > room || table.offsetWidth > room)
      table.style.zoom = Math.max(least, room / Math.max(table.scrollWidth, table.offsetWidth));
  }
}"""
OVERFULL = """(width) => [...document.querySelectorAll('body *')]
  .filter((tag) => {
    const box = tag.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1.5 && getComputedStyle(tag).visibility !== 'hidden'
      && !tag.closest('svg, mjx-assistive-mml, .dcn-hidden');
  })
  .map((tag) => `${tag.closest('article')?.id ?? ''} <${tag.tagName.toLowerCase()} `
    + `class="${tag.className}">: ` + tag.textContent.trim().slice(0, 60))"""


def overfull(page: Page, width: int = WIDTH) -> list[str]:
    """Name what reaches beyond the right edge of the text, which the paper would cut."""
    return page.evaluate(OVERFULL, width)


def printed(page: Page, html: Path, numbers: dict[str, str], target: Path) -> list[tuple[str, str, str]]:
    """Print the book once; return what its contents list."""
    text, listed = whole(html, numbers)
    file = target.with_suffix(".html")
    file.write_text(text, "utf-8")
    page.goto(file.as_uri())
    page.wait_for_function("window.MathJax?.startup?.promise?.then(() => true)")
    page.evaluate("document.fonts.ready")
    page.evaluate(SHRINK, 0.55)
    if wide := overfull(page):
        raise SystemExit("does not fit on the paper:\n" + "\n".join(wide[:40]))
    page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    return listed


def numbers_of(pdf: Path, listed: list[tuple[str, str, str]]) -> dict[str, str]:
    """Return the number of the sheet on which each listed place stands."""
    reader = PdfReader(pdf)
    places = reader.named_destinations
    return {
        place: str(reader.get_destination_page_number(places[place if place in places else f"/{place}"]) + 1)
        for _, place, _ in listed
    }


def add_outline(pdf: Path, listed: list[tuple[str, str, str]], numbers: dict[str, str]) -> None:
    """Give the PDF its outline, the same as the contents, and its name."""
    writer = PdfWriter(clone_from=pdf)
    chapter = None
    for level, place, title in listed:
        entry = writer.add_outline_item(
            title=title, page_number=int(numbers[place]) - 1, parent=None if level == "h1" else chapter
        )
        chapter = entry if level == "h1" else chapter
    settings = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
    writer.add_metadata({"/Title": settings["title"], "/Author": settings["author"]})
    writer.write(pdf)


def build(html: Path, target: Path) -> None:
    """Print until the numbers in the contents are those of the pages."""
    numbers: dict[str, str] = {}
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        page.set_default_timeout(300_000)
        page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
        for _ in range(PRINTS):
            listed = printed(page, html, numbers, target)
            found = numbers_of(target, listed)
            if found == numbers:
                add_outline(target, listed, numbers)
                break
            numbers = found
        else:
            raise SystemExit("the contents' page numbers do not settle")
        browser.close()


if __name__ == "__main__":
    build(BUILD / "html", BUILD / "book.pdf")
    print(f"The book on paper is {BUILD / 'book.pdf'}")
