"""What the book has online follows from one address, and without it there is nothing of it."""

import re
import struct
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
pytest.importorskip("sphinx", reason="the book is built by the extra dcn-course[book]")
BeautifulSoup = pytest.importorskip("bs4").BeautifulSoup

sys.path.insert(0, str(BOOK / "_ext"))

import online  # noqa: E402

ADDRESS = "https://github.com/Someone/a-course"
KNOWN = online.Addresses(ADDRESS, "https://someone.github.io/a-course")


def head(page: Path) -> dict[str, str]:
    """Name -> content of the page's facts, and its canonical address."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser").head
    found = {tag.get("property") or tag.get("name"): tag["content"] for tag in soup.select("meta[content]")}
    canonical = soup.select_one("link[rel=canonical]")
    return found | ({"canonical": canonical["href"]} if canonical else {})


def context_of(page: str, addresses: online.Addresses, twins=None) -> dict:
    """What the templates get for a page."""
    builder = SimpleNamespace(get_target_uri=lambda name: f"{name}.html")
    env = SimpleNamespace(doc2path=lambda name: str(BOOK / f"{name}.md"))
    config = SimpleNamespace(html_title="The book")
    app = SimpleNamespace(addresses=addresses, twins=twins or {}, builder=builder, env=env, config=config)
    context = {"title": "<span>4. </span>Sampling &amp; more"}
    tree = online.nodes.document(None, None)
    tree += online.nodes.paragraph(text="What is it?")
    online.add_links(app, page, "page.html", context, tree)
    online.add_to_head(app, page, "page.html", context, tree)
    return context


def test_no_address_no_link_that_needs_one():
    context = context_of("chapters/bilinear", online.Addresses("", ""), {"chapters/bilinear": "x.ipynb"})
    assert context["page_links"] == {"Notebook": "../notebooks/x.ipynb"}
    assert "og:url" not in context["metatags"]
    assert "og:image" not in context["metatags"]
    assert 'content="4. Sampling &amp; more"' in context["metatags"]


def test_one_address_gives_all_of_them():
    twin = "chapters/bilinear.ipynb"
    context = context_of("chapters/bilinear", KNOWN, {"chapters/bilinear": twin})
    assert context["page_links"] == {
        "Notebook": f"../notebooks/{twin}",
        "Colab": f"https://colab.research.google.com/github/Someone/a-course/blob/notebooks/book/{twin}",
        "Binder": f"https://mybinder.org/v2/gh/Someone/a-course/notebooks?labpath=book/{twin}",
        "Edit": f"{ADDRESS}/edit/main/book/chapters/bilinear.md",
    }
    assert f'content="{KNOWN.book}/chapters/bilinear.html"' in context["metatags"]
    assert f'content="{KNOWN.book}/_static/social-card.png"' in context["metatags"]


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ("", ("", "")),
        (f'Repository = "{ADDRESS}/"', KNOWN),
        (f'Repository = "{ADDRESS}"\nDocumentation = "https://x.org/"', (ADDRESS, "https://x.org")),
        ('Repository = "https://x.org/code"', ("https://x.org/code", "")),
    ],
)
def test_the_addresses_are_those_of_the_package(tmp_path, urls, expected):
    (tmp_path / "pyproject.toml").write_text(f"[project]\n[project.urls]\n{urls}\n")
    assert online.addresses(tmp_path) == expected


def test_a_repository_elsewhere_has_no_buttons():
    assert online.launchers("https://x.org/code", "main", "a.ipynb") == {}


def test_a_built_page_says_what_it_is_and_names_an_address_only_where_there_is_one(html):
    facts = head(html / "chapters" / "bilinear.html")
    assert facts["og:title"] == "4. Bilinear sampling"
    assert facts["og:description"].startswith("What is the value of an image between its pixels")
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"].get("urls", {})
    there = "Repository" in urls
    assert ("canonical" in facts, "og:image" in facts, (html / "sitemap.xml").exists()) == (there,) * 3


def test_the_site_map_lists_each_page_and_the_picture_has_the_size_that_sites_want(tmp_path):
    pytest.importorskip("sklearn", reason="the picture shows a digit of scikit-learn")
    builder = SimpleNamespace(name="html", get_target_uri=lambda name: f"{name}.html")
    env = SimpleNamespace(found_docs={"intro", "chapters/bilinear"})
    app = SimpleNamespace(builder=builder, env=env, addresses=KNOWN, outdir=tmp_path)
    online.write_for_machines(app, None)
    listed = re.findall("<loc>(.*?)</loc>", (tmp_path / "sitemap.xml").read_text("utf-8"))
    assert listed == [f"{KNOWN.book}/chapters/bilinear.html", f"{KNOWN.book}/intro.html"]
    assert f"Sitemap: {KNOWN.book}/sitemap.xml" in (tmp_path / "robots.txt").read_text("utf-8")
    card = (tmp_path / online.CARD).read_bytes()
    assert card.startswith(b"\x89PNG")
    assert struct.unpack(">II", card[16:24]) == (1200, 630)


def test_without_an_address_nothing_is_written_for_machines(tmp_path):
    app = SimpleNamespace(
        builder=SimpleNamespace(name="html"), addresses=online.Addresses("", ""), outdir=tmp_path
    )
    online.write_for_machines(app, None)
    assert list(tmp_path.iterdir()) == []


def test_the_mark_is_the_one_its_script_draws_and_each_page_shows_it(html, monkeypatch):
    monkeypatch.syspath_prepend(BOOK / "figures")
    import logo

    assert logo.FILE.read_text("utf-8") == logo.mark()
    settings = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
    assert BOOK / settings["html"]["favicon"] == logo.FILE
    page = BeautifulSoup((html / "chapters" / "bilinear.html").read_text("utf-8"), "html.parser")
    assert len(page.select(".brand svg circle")) == 9
    assert (html / "chapters" / page.select_one("link[rel=icon]")["href"]).resolve().is_file()
    for name in ("logo", "palette"):
        sys.modules.pop(name)


def test_the_workflow_publishes_what_make_builds_and_only_from_main():
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text("utf-8"))
    assert flow[True]["push"]["branches"] == ["main"]  # YAML reads `on` as true
    steps = flow["jobs"]["build"]["steps"]
    runs = "\n".join(step.get("run", "") for step in steps)
    targets = re.findall(r"^make (\w+)", runs, re.M)
    assert targets == ["pdf"]
    assert re.search(r"^pdf: book ##", (ROOT / "Makefile").read_text("utf-8"), re.M)
    (upload,) = [step for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert ROOT / upload["with"]["path"] == BOOK / "_build" / "html"
    assert flow["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
