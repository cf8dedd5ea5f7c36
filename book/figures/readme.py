"""Write the README's picture, .github/kernel-taps.svg: that of the book's first page, light and dark."""

import re
from pathlib import Path

import kernel_taps
import matplotlib.pyplot as plt
from palette import DARK
from show import svg

FILE = Path(__file__).parents[2] / ".github" / "kernel-taps.svg"
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


def picture() -> str:
    """Return the panels side by side as one SVG file."""
    dark = "".join(f"--fig-{name}:{value};" for name, value in DARK.items())
    parts, left, height = [], 0.0, 0.0
    for number, panel in enumerate(kernel_taps.draw()):
        text = svg(panel, f"panel-{number}-")
        plt.close(panel)
        wide, high = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
        text = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{wide}" height="{high}"', text, count=1)
        parts.append(text.replace('<svg aria-hidden="true"', f'<svg x="{left:.1f}"', 1))
        left, height = left + wide + 24, max(height, high)
    width = left - 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">\n'
        f"<title>{kernel_taps.ALT}</title>\n"
        f"<style>text{{font-family:{FONT}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
