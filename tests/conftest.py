"""What every test may rely on: no network, not the user's own cache, one-line skips for what is missing."""

import importlib.util
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from dcn_course.datasets import locate
from dcn_course.datasets.files import FILE_SETS

pytest_plugins = ("pytester", "figure_pages")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What keeps a browser from starting as root, from needing a screen, and from asking the network on its own.
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_runtest_setup(item):
    for mark in item.iter_markers("data"):
        for name in mark.args:
            if not locate(name)[0].present:
                title = FILE_SETS[name].title if name in FILE_SETS else name
                pytest.skip(f"needs the real {title} files: set DCN_DATA, see README")
    if item.get_closest_marker("browser") and not any(map(shutil.which, BROWSERS)):
        pytest.skip("needs Chromium: install it, see README")
    for mark in item.iter_markers("tool"):
        for name in mark.args:
            if not shutil.which(name):
                pytest.skip(f"needs the command {name}")


def forbid_to_skip(report):
    """Make a skip for want of data, a package or a program a failure where they are required."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2]
        variable = "DCN_REQUIRE_DATA" if "DCN_DATA" in reason else "DCN_REQUIRE_TOOLS"
        if os.environ.get(variable) == "1":
            report.outcome, report.longrepr = "failed", f"{reason} ({variable}=1 forbids to skip)"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return forbid_to_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return forbid_to_skip((yield))


@pytest.fixture(scope="session")
def html() -> Path:
    """The built book; built now if it is not there or not fresh."""
    if importlib.util.find_spec("jupyter_book") is None:
        pytest.skip("the book is built by the extra dcn-course[book]")
    book = Path(__file__).resolve().parents[1] / "book"
    done = subprocess.run([sys.executable, book / "build.py"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "html"


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium for a test marked `browser`."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def only_tests_marked_data_see_the_real_files(request, monkeypatch):
    if not request.node.get_closest_marker("data"):
        monkeypatch.delenv("DCN_DATA", raising=False)


@pytest.fixture(autouse=True, scope="session")
def the_users_own_cache_stays_untouched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platformdirs, "user_cache_path", lambda name, *_, **__: folder / name)
        yield


class NetworkRefusedError(OSError):
    """An OSError, so that the code under test takes it for a machine without a network."""


def refuse_unless_local(host):
    if host in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NetworkRefusedError(f"tests never touch the network (asked for {host})")


@pytest.fixture(autouse=True, scope="session")
def the_network_is_refused():
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(call):
        def to_address(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6):
                refuse_unless_local(address[0])
            return call(self, address)

        return to_address

    def guarded_getaddrinfo(host, *args, **kwargs):
        refuse_unless_local(host.decode() if isinstance(host, bytes) else host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield
