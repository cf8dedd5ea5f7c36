"""What the build takes out of the finished pages, and what it must leave."""

import pytest

pytest.importorskip("tinycss2", reason="the pages are made light by the extra dcn-course[book]")
pytest.importorskip("fontTools", reason="the pages are made light by the extra dcn-course[book]")
pytest.importorskip("sphinx_book_theme", reason="the book's theme comes with the extra dcn-course[book]")

import tinycss2
from figure_pages import book_extension

WORDS = {"row", "wide", "top", "show", "made-up"}


@pytest.fixture(scope="module")
def light_pages():
    return book_extension("light_pages")


@pytest.fixture
def pruned(light_pages, tmp_path):
    sheets = light_pages.StyleSheets(tmp_path, WORDS, {"show", "made-up"})
    return lambda style: sheets.pruned(tinycss2.parse_stylesheet(style, True, True))


@pytest.mark.parametrize(
    ("style", "left"),
    [
        (".row{a:b}", ".row{a:b}"),
        (".gone{a:b}", ""),
        ("#top .row{a:b}", "#top .row{a:b}"),
        ("#gone .row{a:b}", ""),
        (".gone,.row,.gone .row{a:b}", ".row{a:b}"),
        ('p,html[data-x=".gone"]{a:b}', 'p,html[data-x=".gone"]{a:b}'),
        (".row:not(.gone){a:b}", ".row:not(.gone){a:b}"),
        (":is(.gone,.row) p{a:b}", ":is(.gone,.row) p{a:b}"),
        ("@media print{.gone{a:b}.wide{c:d}}", "@media print{.wide{c:d}}"),
        ("@media print{.gone{a:b}}", ""),
        ("@font-face{font-family:x}", "@font-face{font-family:x}"),
        ("@keyframes gone{from{a:b}}", "@keyframes gone{from{a:b}}"),
        # Scripts join such words with others; a word without a hyphen is too common to go by.
        (".made-up-auto{a:b}", ".made-up-auto{a:b}"),
        (".show-all{a:b}", ""),
    ],
)
def test_a_rule_stays_if_some_page_or_script_has_all_its_names(pruned, style, left):
    assert pruned(style).strip() == left


def test_a_style_sheet_that_is_moved_still_finds_its_files(light_pages, tmp_path):
    (tmp_path / "styles").mkdir()
    (tmp_path / "basic.css").write_text("a{b:url(file.png)}", "utf-8")
    (tmp_path / "styles" / "theme.css").write_text(
        '@import "../basic.css";c{d:url("../fonts/e.woff2")}f{g:url(data:image/png;base64,AA)}', "utf-8"
    )
    assert light_pages.moved(tmp_path, "styles/theme.css") == (
        'a{b:url("file.png")}c{d:url("fonts/e.woff2")}f{g:url(data:image/png;base64,AA)}'
    )


def test_of_the_icons_those_stay_that_are_used(light_pages):
    style = (light_pages.THEME / light_pages.THEME_STYLE).read_text("utf-8")
    short = light_pages.with_icons(style, {"bars", "moon"})
    assert short.count("@font-face") == 1
    assert '.fa-bars:before { content: "\\f0c9"; }' in short
    assert "f135" in style  # a rocket
    assert "f135" not in short
    # What stands before and behind is the theme's own.
    assert short.startswith(style[:200_000])
    assert short.endswith(style[-90_000:])
    assert light_pages.icons(
        ['<i class="fa-solid fa-bars fa-lg">', 'n.classList="fas fa-moon"', "fa-sun"]
    ) == {
        "bars",
        "moon",
    }


def test_an_icon_that_the_theme_does_not_have_is_an_error(light_pages):
    style = (light_pages.THEME / light_pages.THEME_STYLE).read_text("utf-8")
    with pytest.raises(light_pages.ExtensionError, match="no icons named unicorn"):
        light_pages.with_icons(style, {"unicorn"})
    with pytest.raises(light_pages.ExtensionError, match="has no Font Awesome where it is looked for"):
        light_pages.with_icons("p{a:b}", set())
