"""Keep a formula's room in its line free until MathJax has set it, so that no line breaks anew when it has.

Matplotlib measures the formula as the page is written: it reads TeX and has the same letters as MathJax.
Until then `look.css` hides the source, where scripts run.
"""

import html
import re
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

INLINE = re.compile(r'<span class="(math notranslate nohighlight)">(\\\((.*?)\\\))</span>', re.S)
# What MathJax knows and Matplotlib does not, as something that is as wide.
ALIKE = [
    (re.compile(pattern), put)
    for pattern, put in {
        r"\s+": " ",
        r"\\([lg])e\b": r"\\\1eq",
        r"\\[dt]frac(?![a-z])": r"\\frac",
        r"\\frac\s*(\d)\s*(\d)": r"\\frac{\1}{\2}",
        r"\\math(?:sf|cal|rel)\b|\\big[lr]?(?![a-z])": "",
        r"\\mathrm\s+(\w)": r"\\mathrm{\1}",
        r"\\[lr]Vert\b": r"\\|",
        r"\\square\b": "O",
        r"\\text\b": r"\\mathrm",
    }.items()
]
SIZE = 100  # points: large, as what is measured comes rounded
SCALE = 1.1  # MathJax enlarges its letters until their x is as high as the text's


@cache
def width(tex: str) -> float:
    """How wide MathJax will set a formula, about, in the text's em."""
    for pattern, put in ALIKE:
        tex = pattern.sub(put, tex)
    font = FontProperties(size=SIZE, math_fontfamily="cm")
    try:
        return SCALE * MathTextParser("path").parse(f"${tex}$", dpi=72, prop=font)[0] / SIZE
    except ValueError:  # what Matplotlib cannot read: half an em a letter
        return SCALE * 0.5 * len(re.findall(r"\w|[^\s\w{}^_\\]", re.sub(r"\\[a-zA-Z]+", "x", tex)))


def keep_room(app, pagename, templatename, context, doctree) -> None:
    def with_width(match: re.Match) -> str:
        em = f"{width(html.unescape(match[3])):.2f}em"
        return f'<span class="{match[1]}" style="--room: {em}">{match[2]}</span>'

    if "body" in context:
        context["body"] = INLINE.sub(with_width, context["body"])


def setup(app):
    app.connect("html-page-context", keep_room)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
