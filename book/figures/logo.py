"""Write the book's mark, book/assets/logo.svg: the nine taps of a kernel, one of them moved."""

from pathlib import Path

from palette import DARK, LIGHT

FILE = Path(__file__).parents[1] / "assets" / "logo.svg"
SIZE = 16  # also the smallest size in pixels at which it must be clear
PLACES = (2, 6.5, 11)
MOVED = 13.5  # both coordinates of the last tap


def mark() -> str:
    """Return the mark as an SVG file: it takes the page's colours, or brings its own where it is alone."""
    dark = "".join(f"--fig-{name}:{DARK[name]};" for name in ("blue", "orange"))
    blue, orange = (f"var(--fig-{name},{LIGHT[name]})" for name in ("blue", "orange"))
    taps = [(x, y) for y in PLACES for x in PLACES]
    old = taps.pop()
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="1.75"/>' for x, y in taps)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" aria-hidden="true">\n'
        f"<style>@media(prefers-color-scheme:dark){{svg:root{{{dark}}}}}</style>\n"
        f'<g fill="{blue}">{dots}</g>\n'
        f'<path d="M{old[0] - 1} {old[1] - 1}L{MOVED} {MOVED}" stroke="{orange}" stroke-width="1.25" '
        f'stroke-linecap="round"/>\n'
        f'<circle cx="{MOVED}" cy="{MOVED}" r="2.25" fill="{orange}"/>\n</svg>\n'
    )


if __name__ == "__main__":
    FILE.write_text(mark(), encoding="utf-8")
