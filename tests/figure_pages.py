"""Pages with interactive figures in a browser, without a network; and how tests read and touch them."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def book_extension(name):
    """A module of book/_ext, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def script():
    pytest.importorskip("sphinx", reason="the joined script is made by the extra dcn-course[book]")
    return book_extension("dcn_figures").bundle()


@pytest.fixture
def open_page(browser, script, tmp_path):
    """Open a static page with these figures; at the end nothing may have failed or left the machine."""
    contexts, wrong = [], []

    def open_it(*figures, width=1000, height=900, mode="auto", ready=True, **options):
        (tmp_path / "dcn-figures.js").write_text(script, "utf-8")
        body = "".join(figure.to_html() for figure in figures)
        (tmp_path / "page.html").write_text(
            f'<!doctype html><html lang="en" data-theme="{mode}"><head><meta charset="utf-8">'
            "<title>Figures</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="data:,"><script defer src="dcn-figures.js"></script></head>'
            f'<body><main><h1>Figures</h1>{body}<p style="height:60rem">The end.</p></main></body></html>',
            "utf-8",
        )
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or wrong.append(r.url))
        page.goto((tmp_path / "page.html").as_uri())
        if ready:
            page.locator(".dcn-handle").first.wait_for()
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert wrong == []


def number(text):
    """A printed number, with its real minus sign."""
    return float(text.replace("\N{MINUS SIGN}", "-"))


def touch(page):
    client = page.context.new_cdp_session(page)

    def send(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(20)

    return send


def swipe(send, x, y, dx, dy, steps=8):
    send("touchStart", x, y)
    for i in range(1, steps + 1):
        send("touchMove", x + dx * i / steps, y + dy * i / steps)
    send("touchEnd")
