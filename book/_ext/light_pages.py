"""Make built pages light: one style sheet, no script that must run before the text shows, icons that occur.

The theme loads 1.5 MB of icons by script and as much again as fonts, search data on every page, and a dozen
style sheets. All of this is mended in the finished files, since its templates leave no other way.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

import pydata_sphinx_theme
import tinycss2
from fontTools import subset, ttLib
from sphinx.errors import ExtensionError

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
THEME_STYLE = "styles/pydata-sphinx-theme.css"
ICON_FONT = THEME / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
ICON_STYLE = """
@font-face {
  font-family: "Font Awesome 6 Free"; font-weight: 900; font-display: block;
  src: url(../icons.woff) format("woff");
}
:root { --fa-font-solid: normal 900 1em/1 "Font Awesome 6 Free"; }
.fa-solid, .fas { display: inline-block; font: var(--fa-font-solid); -webkit-font-smoothing: antialiased; }
.fa-lg { font-size: 1.25em; line-height: 0.05em; vertical-align: -0.075em; }
"""

BRANDS = re.compile(
    r"/\*.*?\*/(?::host|@font-face|\.fa)[^{}]*\{[^{}]*\}(?:(?:@font-face|\.fa)[^{}]*\{[^{}]*\})*", re.S
)
WORD = re.compile(r"[\w-]+")
STYLE = re.compile(r'\s*<link\b[^>]*\brel="stylesheet"[^>]*/>')
HREF = re.compile(r'href="((?:\.\./)*_static/)([^"?]+)[^"]*"')
SCRIPTS_OF_SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
NOT_NEEDED = re.compile(
    r'\s*<script defer src="[^"]*/fontawesome\.js[^"]*"></script>'
    r'|\s*<script type="application/vnd\.jupyter\.widget-state\+json">.*?</script>'
    r'|\s*<script type="text/x-thebe-config">.*?</script>',
    re.S,
)
# A font that comes over a network in time is shown, else the next page has it: no line moves. So it is asked
# for early. Files come soon enough, but browsers refuse to ask for them early.
FONTS_EARLY = """
      if (location.protocol.startsWith("http"))
        for (const name of %r) {
          const font = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: `%s${name}` };
          document.head.append(Object.assign(document.createElement("link"), font));
        }
    """
FONTS_OF_FILES = (
    'if (location.protocol === "file:") for (const face of document.fonts) face.display = "swap";'
)
OPTIONS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')
SCRIPT = re.compile(r"<script (?![^>]*\b(?:defer|async)\b)(?=[^>]*\bsrc=)")
DECORATION = re.compile(r'<i (?=class="[^"]*\b(?:fa-solid|fas)\b)')


def lighten(app, exception) -> None:
    """Rewrite the pages of a finished build."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    pages = {
        path: DECORATION.sub('<i aria-hidden="true" ', NOT_NEEDED.sub("", path.read_text("utf-8")))
        for path in sorted(out.rglob("*.html"))
        if static not in path.parents
    }
    scripts = [
        path.read_text("utf-8")
        for path in sorted(static.rglob("*.js"))
        if not {"mathjax", "locales"} & {*path.relative_to(static).parts}
    ]
    theme = (THEME / THEME_STYLE).read_text("utf-8")
    (static / THEME_STYLE).write_text(with_icons(theme, icons([*pages.values(), *scripts])), "utf-8")
    sheets = StyleSheets(
        static, set(WORD.findall("".join([*pages.values(), *scripts]))), set(WORD.findall("".join(scripts)))
    )
    options = (static / "documentation_options.js").read_text("utf-8")
    for path, page in pages.items():
        page = OPTIONS.sub(lambda _: f"<script>{options}</script>", page)
        if path.name != "search.html":  # whose scripts run in their order
            page = SCRIPT.sub("<script defer ", SCRIPTS_OF_SEARCH.sub("", page))
        path.write_text(sheets.joined(page), "utf-8")
    write_font(sheets.icons(), static / "icons.woff")


def icons(texts: Iterable[str]) -> set[str]:
    """Names of the theme's icons that occur in pages and scripts."""
    places = [place for text in texts for place in re.findall(r'"([^"]*\b(?:fa-solid|fas)\b[^"]*)"', text)]
    return {name for place in places for name in re.findall(r"\bfa-([a-z-]+)", place)} - {"solid", "lg"}


def with_icons(style: str, names: set[str]) -> str:
    """Return the theme's style sheet without Font Awesome, but with a rule for each of the icons named."""
    start, last = (find("/*!\n * Font Awesome") for find in (style.find, style.rfind))
    # The brands come last, up to the theme's own first rule.
    end = BRANDS.match(style, last) if start >= 0 else None
    if not end:
        raise ExtensionError(f"the theme's {THEME_STYLE} has no Font Awesome where it is looked for")
    rules = {
        name: code
        for selectors, code in re.findall(r'([^{}]+)\{content:"(\\[0-9a-f]+)"\}', style[start : end.end()])
        for name in re.findall(r"\.fa-([a-z0-9-]+):before", selectors)
    }
    if missing := sorted(names - set(rules)):
        raise ExtensionError(f"the theme has no icons named {', '.join(missing)}")
    chosen = "".join(f'.fa-{name}:before {{ content: "{rules[name]}"; }}\n' for name in sorted(names))
    return style[:start] + ICON_STYLE + chosen + style[end.end() :]


def write_font(codes: set[int], target: Path) -> None:
    """Write the glyphs of these codes as a font of their own."""
    font = ttLib.TTFont(ICON_FONT, recalcTimestamp=False)
    wanted = subset.Subsetter(subset.Options(layout_features=[], hinting=False))
    wanted.populate(unicodes=codes)
    wanted.subset(font)
    font.flavor = "woff"
    font.save(target)


class StyleSheets:
    """The style sheets of the pages, joined to one, without rules for what occurs in no page and no script.

    Args:
        static: the built folder `_static`.
        words: all words of the pages and the scripts; a class that is none of them is nowhere.
        parts: words of the scripts; a script may make a class `part-more` of a word `part`.
    """

    def __init__(self, static: Path, words: set[str], parts: set[str]):
        self.static, self.words, self.made = static, words, {}
        self.parts = tuple(f"{part.rstrip('-')}-" for part in parts if "-" in part)

    def joined(self, page: str) -> str:
        """Return the page with one link for its style sheets."""
        links = [HREF.search(link) for link in STYLE.findall(page)]
        if not links or not all(links):
            return page
        files = tuple(link[2] for link in links)
        if files not in self.made:
            self.made[files] = self.pruned(
                tinycss2.parse_stylesheet("\n".join(moved(self.static, file) for file in files), True, True)
            )
        text = self.made[files]
        name = f"style-{hashlib.sha256(text.encode()).hexdigest()[:12]}.css"
        (self.static / name).write_text(text, "utf-8")
        fonts = sorted(set(re.findall(r"fonts/[\w-]+\.woff2", text)))
        whole = (
            f"\n    <script>{FONTS_EARLY % (fonts, links[0][1])}</script>"
            f'\n    <link rel="stylesheet" type="text/css" href="{links[0][1]}{name}" />'
            f"\n    <script>{FONTS_OF_FILES}</script>"
        )
        return STYLE.sub(lambda match: whole if match.start() == STYLE.search(page).start() else "", page)

    def pruned(self, rules: list) -> str:
        """Serialize rules, the used ones."""
        kept = []
        for rule in rules:
            if rule.type == "qualified-rule":
                if selectors := [text for text in selectors_of(rule.prelude) if self.used(text)]:
                    kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}")
            elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "container"):
                if inner := self.pruned(tinycss2.parse_rule_list(rule.content, True, True)):
                    kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
            else:
                kept.append(rule.serialize())
        return "\n".join(kept)

    def used(self, selector: str) -> bool:
        names = re.findall(r"[.#](-?[A-Za-z_][\w-]*)", re.sub(r"\([^()]*\)|\[[^]]*\]", "", selector))
        return all(name in self.words or name.startswith(self.parts) for name in names)

    def icons(self) -> set[int]:
        """Codes of all icons that the style sheets may show."""
        text = "".join(self.made.values())
        return {ord(letter) for letter in re.findall("[\uf000-\uf8ff]", text)} | {
            int(code, 16) for code in re.findall(r'"\\(f[0-9a-f]{3})"', text)
        }


def selectors_of(prelude: list) -> list[str]:
    """Split the head of a rule at its commas; those inside of brackets belong to one selector."""
    parts = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def moved(static: Path, file: str) -> str:
    """A style sheet as it must read from the folder `static`, with what it imports."""
    folder = posixpath.dirname(file)

    def at(address: str) -> str:
        return posixpath.normpath(posixpath.join(folder, address))

    def url(match: re.Match) -> str:
        outside = re.match(r"[a-z]+:|#|/", match[1])
        return match[0] if outside else f'url("{at(match[1])}")'

    text = (static / file).read_text("utf-8")
    text = re.sub(r'(?<!@import )url\(["\']?([^"\')]+)["\']?\)', url, text)
    return re.sub(r'@import (?:url\()?"([^"]+)"\)?;', lambda match: moved(static, at(match[1])), text)


def setup(app):
    app.connect("build-finished", lighten, priority=900)  # the theme writes a style sheet at 500
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
