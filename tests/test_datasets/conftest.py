"""The places that the tests of the data sets have: DCN_DATA, a cache, a mirror."""

import functools
import http.server
import threading

import platformdirs
import pytest
from small_sets import SmallSet

from dcn_course.datasets import download


@pytest.fixture(params=["mnist", "cifar10"])
def small(request, monkeypatch):
    return SmallSet(request.param, monkeypatch)


@pytest.fixture
def small_mnist(monkeypatch):
    return SmallSet("mnist", monkeypatch)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: folder / name)
    return folder / "dcn-course"


@pytest.fixture
def dcn_data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DCN_DATA", str(folder))
    return folder


@pytest.fixture
def no_download(monkeypatch):
    monkeypatch.setattr(download, "_fetch", lambda name, root: pytest.fail("tried to download"))


@pytest.fixture
def fetches(small, monkeypatch):
    """A download that works; the list says what was fetched."""
    calls = []
    monkeypatch.setattr(download, "_fetch", lambda name, root: (calls.append(name), small.put(root)))
    return calls


@pytest.fixture(params=["DCN_DATA", "user cache"])
def place(request, dcn_data, cache):
    return dcn_data if request.param == "DCN_DATA" else cache


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder and its address on a web server on this machine."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
