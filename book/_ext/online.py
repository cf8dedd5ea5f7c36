"""What the book has only online: nothing of it is there as long as pyproject.toml names no repository.

``Repository`` under ``[project.urls]`` is the one address to set. From it follow the book's own address
(unless ``Documentation`` names another), the links that open, run or edit a page, the canonical addresses,
the site map and the picture that other sites show beside a link.
"""

import re
import sys
import tomllib
from html import escape, unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from docutils import nodes
from sphinx.util.osutil import relative_uri

from dcn_course.checking.book import pages_address

ROOT = Path(__file__).resolve().parents[2]
GITHUB = re.compile(r"https://github\.com/([^/]+/[^/]+?)/?$")
CARD = "_static/social-card.png"
TAG = re.compile("<[^>]*>")
LONGEST = 200  # letters of a description


class Addresses(NamedTuple):
    """Both without a slash at the end; empty where they are not known."""

    repository: str
    book: str


def addresses(root: Path = ROOT) -> Addresses:
    """Read the two addresses from pyproject.toml."""
    urls = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"].get("urls", {})
    repository = urls.get("Repository", "").rstrip("/")
    return Addresses(repository, urls.get("Documentation", "").rstrip("/") or pages_address(repository))


def launchers(repository: str, branch: str, path: str) -> dict[str, str]:
    """Where a notebook of the repository opens and runs; nothing as long as the repository is not known."""
    found = GITHUB.match(repository)
    if not found:
        return {}
    return {
        "Colab": f"https://colab.research.google.com/github/{found[1]}/blob/{branch}/{path}",
        "Binder": f"https://mybinder.org/v2/gh/{found[1]}/{branch}?labpath={path}",
    }


def configure(app, config) -> None:
    app.addresses = addresses()
    config.html_baseurl = app.addresses.book and f"{app.addresses.book}/"


def describe(doctree) -> str:
    """Return the first paragraph that has no formula, cut at a word."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    text = next((" ".join(p.astext().split()) for p in paragraphs if not p.next_node(nodes.math)), "")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def add_to_head(app, pagename, templatename, context, doctree) -> None:
    """Say in the page's head what it is, for search engines and for sites that show its link."""
    book = app.addresses.book
    title = unescape(TAG.sub("", context.get("title") or app.config.html_title))
    facts = {"og:title": title, "og:type": "article"}
    facts["og:site_name"] = app.config.html_title
    facts["og:description"] = describe(doctree)
    if book:
        facts["og:url"] = urljoin(f"{book}/", app.builder.get_target_uri(pagename))
        facts["og:image"] = f"{book}/{CARD}"
        facts["og:image:alt"] = "Nine taps of a kernel on a handwritten digit, and the same taps moved"
        facts["twitter:card"] = "summary_large_image"
    tags = [
        (("name" if key.startswith("twitter") else "property"), key, value) for key, value in facts.items()
    ]
    tags.append(("name", "description", facts["og:description"]))
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<meta {kind}="{key}" content="{escape(nodes.Text(value).astext())}" />'
        for kind, key, value in tags
        if value
    )


def add_links(app, pagename, templatename, context, doctree) -> None:
    """The links of a page: its notebook, where this runs, and where the page is edited."""
    links = {}
    if (twin := app.twins.get(pagename)) and doctree:
        links["Notebook"] = relative_uri(app.builder.get_target_uri(pagename), f"notebooks/{twin}")
        links |= launchers(app.addresses.repository, "notebooks", f"book/{twin}")
    if doctree and app.addresses.repository:
        source = Path(app.env.doc2path(pagename)).relative_to(ROOT).as_posix()
        links["Edit"] = f"{app.addresses.repository}/edit/main/{source}"
    context["page_links"] = links


def write_for_machines(app, error) -> None:
    """Write the site map and the picture, both of which hold addresses or are asked for by one."""
    if error or app.builder.name != "html" or not app.addresses.book:
        return
    out = Path(app.outdir)
    base = f"{app.addresses.book}/"
    places = "".join(
        f"<url><loc>{escape(urljoin(base, app.builder.get_target_uri(page)))}</loc></url>\n"
        for page in sorted(app.env.found_docs)
    )
    site = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    (out / "sitemap.xml").write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{site}', "utf-8")
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n", "utf-8")
    sys.path.insert(0, str(ROOT / "book" / "figures"))
    from social_card import write

    write(out / CARD)


def setup(app):
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", add_to_head)
    app.connect("html-page-context", add_links)
    app.connect("build-finished", write_for_machines)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
