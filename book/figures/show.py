"""Show a figure inside the page: its text takes the page's font, its colours follow the page's theme."""

import html
import io
import re
from collections.abc import Sequence

import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import HTML, display
from matplotlib.figure import Figure
from palette import LIGHT


def svg(figure: Figure, prefix: str) -> str:
    """Return a figure as an ``<svg>`` element whose colours are CSS variables.

    Args:
        figure: The figure; drawn in the light colours of the palette.
        prefix: Written before each id, since ids must be unique in a page.
    """
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", pad_inches=0.03, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # A style sheet here would reach the whole page, so its two rules go to the root element.
    text = re.sub(r"\s*<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{prefix}', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{prefix}", text)
    # Without a family of its own, the text takes the page's.
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    for name, colour in LIGHT.items():
        text = re.sub(colour, f"var(--fig-{name}, {colour})", text, flags=re.IGNORECASE)
    root = '<svg aria-hidden="true" style="stroke-linejoin: round; stroke-linecap: butt"'
    return text.replace("<svg", root, 1)


def page(panels: Sequence[Figure], alt: str, name: str) -> str:
    """Return one picture as HTML: its panels, side by side where there is room, and its text in words."""
    drawings = "\n".join(svg(panel, f"{name}-{number}-") for number, panel in enumerate(panels))
    return f'<div class="fig" role="img" aria-label="{html.escape(alt)}">\n{drawings}\n</div>'


def show(panels: Sequence[Figure], alt: str, name: str) -> None:
    """Show the panels in a notebook, or in windows where there is none."""
    if get_ipython() is None:
        plt.show()
        return
    picture = page(panels, alt, name)
    for panel in panels:
        plt.close(panel)
    display(HTML(picture))
