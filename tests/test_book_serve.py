"""The built book over a network, as `book/serve.py` serves it."""

import gzip
import runpy
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

SERVE = Path(__file__).resolve().parents[1] / "book" / "serve.py"
FONT = "_static/fonts/source-sans-3-latin-wght-normal.woff2"


@pytest.fixture(scope="module")
def address(html):
    handler = partial(runpy.run_path(str(SERVE))["Compressing"], directory=str(html))
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_what_gains_by_it_is_compressed(address, html):
    with urlopen(f"{address}/intro.html") as page, urlopen(f"{address}/{FONT}") as font:
        assert page.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(page.read()) == (html / "intro.html").read_bytes()
        assert font.headers["Content-Encoding"] is None
        assert font.read() == (html / FONT).read_bytes()


@pytest.mark.browser
def test_a_page_asks_for_its_fonts_before_its_style_sheet_names_them(address, browser):
    page = browser.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
    page.goto(f"{address}/chapters/bilinear.html", wait_until="networkidle")
    early = page.evaluate(
        "[...document.querySelectorAll('link[rel=preload][as=font]')].map(link => link.href)"
    )
    assert f"{address}/{FONT}" in early
    assert {url for url in asked if url.endswith(".woff2")} == {*early}
    assert [asked.count(url) for url in early] == [1, 1, 1]  # what was asked for early is what is used
    assert wrong == []
    page.close()
