"""The colours and the line style that all figures share.

Each colour has a shade for light pages and one for dark pages, after Okabe and Ito's palette for
colour-blind eyes. Scripts draw with the light shade; `show.py` writes it into the SVG as a CSS variable,
and the page sets the dark one.
"""

import matplotlib as mpl

LIGHT = {
    "paper": "#ffffff",  # the page
    "ink": "#24292f",  # text, axes, pixels
    "quiet": "#626a73",  # what stands in the background
    "line": "#c4cad1",  # the lattice
    "blue": "#0072b2",
    "orange": "#b84a00",
    "green": "#00795a",
    "purple": "#a3417f",
}
DARK = {
    "paper": "#121212",
    "ink": "#e2e6ea",
    "quiet": "#9da7b2",
    "line": "#434c57",
    "blue": "#56b4e9",
    "orange": "#e69f00",
    "green": "#2fc597",
    "purple": "#dd8fbd",
}
PAPER, INK, QUIET, LINE, BLUE, ORANGE, GREEN, PURPLE = LIGHT.values()


def use_style() -> None:
    """Set Matplotlib's defaults for the book."""
    mpl.rcParams.update(
        {
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.linewidth": 0.8,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "font.size": 11,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            # Real text, in the reader's own font; the same bytes at every build.
            "svg.fonttype": "none",
            "svg.hashsalt": "Deformable Convolution, Derived",
        }
    )


def css() -> str:
    """Return the style sheet that defines the colours for light and dark pages."""

    def block(selector: str, colours: dict[str, str]) -> str:
        lines = "".join(f"  --fig-{name}: {value};\n" for name, value in colours.items())
        return f"{selector} {{\n{lines}}}\n"

    return block("html", LIGHT) + block('html[data-theme="dark"]', DARK)
