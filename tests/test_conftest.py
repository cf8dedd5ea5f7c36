"""The rules of conftest.py, tried on small suites of their own."""

import socket
import urllib.error
import urllib.request
from pathlib import Path

import platformdirs
import pytest

from dcn_course.datasets.files import FILE_SETS

NEEDS_MNIST = """
    import os, pytest
    @pytest.mark.data("mnist")
    def test_it(): assert os.environ["DCN_DATA"]
"""
NEEDS_BROWSER = """
    import pytest
    @pytest.mark.browser
    def test_it(): pass
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    for variable in ("DCN_DATA", "DCN_REQUIRE_DATA", "DCN_REQUIRE_TOOLS"):
        monkeypatch.delenv(variable, raising=False)
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers =\n    data(name)\n    browser\n")

    def run(code):
        pytester.makepyfile(code)
        return pytester.runpytest_inprocess("-ra", "--strict-markers")

    return run


def put_empty_files(root, name):
    for forms in FILE_SETS[name].files():
        path = root / FILE_SETS[name].folder / forms[0].name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def put_program(folder, name):
    folder.mkdir()
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


def test_a_test_that_lacks_its_data_skips_with_one_line(suite):
    result = suite(NEEDS_MNIST)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*needs the real MNIST files: set DCN_DATA, see README"])


def test_a_test_that_has_its_data_runs_and_sees_the_folder(suite, tmp_path, monkeypatch):
    put_empty_files(tmp_path, "mnist")
    monkeypatch.setenv("DCN_DATA", str(tmp_path))
    suite(NEEDS_MNIST).assert_outcomes(passed=1)


def test_the_files_of_another_data_set_do_not_serve(suite, tmp_path, monkeypatch):
    put_empty_files(tmp_path, "cifar10")
    monkeypatch.setenv("DCN_DATA", str(tmp_path))
    suite(NEEDS_MNIST).assert_outcomes(skipped=1)


def test_every_data_set_that_a_test_names_must_be_there(suite, tmp_path, monkeypatch):
    put_empty_files(tmp_path, "mnist")
    monkeypatch.setenv("DCN_DATA", str(tmp_path))
    result = suite(NEEDS_MNIST.replace('"mnist"', '"mnist", "cifar10"'))
    result.stdout.fnmatch_lines(["SKIPPED*needs the real CIFAR-10 files: set DCN_DATA, see README"])


def test_required_data_turn_the_skip_into_a_failure(suite, monkeypatch):
    monkeypatch.setenv("DCN_REQUIRE_DATA", "1")
    result = suite(NEEDS_MNIST)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*needs the real MNIST files*DCN_REQUIRE_DATA=1*"])


def test_a_misspelt_data_set_is_an_error(suite):
    result = suite(NEEDS_MNIST.replace("mnist", "mnits"))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*got 'mnits'*"])


def test_a_test_without_the_marker_does_not_see_the_real_files(suite, tmp_path, monkeypatch):
    monkeypatch.setenv("DCN_DATA", str(tmp_path))
    suite("import os\ndef test_it(): assert 'DCN_DATA' not in os.environ").assert_outcomes(passed=1)


def test_a_browser_test_without_chromium_skips_with_one_line(suite, monkeypatch):
    monkeypatch.setenv("PATH", "")
    result = suite(NEEDS_BROWSER)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*needs Chromium: install it, see README"])


@pytest.mark.skipif("sys.platform == 'win32'", reason="the stand-in programs are shell scripts")
@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_test_runs_with_any_of_the_three_browsers(suite, name, tmp_path, monkeypatch):
    put_program(tmp_path / "bin", name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    suite(NEEDS_BROWSER).assert_outcomes(passed=1)


def test_a_test_that_needs_a_command_skips_without_it_and_fails_where_tools_are_required(suite, monkeypatch):
    needs_command = "import pytest\n@pytest.mark.tool('no-such-command')\ndef test_it(): pass"
    result = suite(needs_command)
    result.stdout.fnmatch_lines(["SKIPPED*needs the command no-such-command"])
    monkeypatch.setenv("DCN_REQUIRE_TOOLS", "1")
    assert suite(needs_command).ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("at", ["while it runs", "while it is collected"])
def test_a_missing_package_skips_and_fails_where_tools_are_required(suite, monkeypatch, at):
    needs_package = "import pytest\ndef test_it(): pytest.importorskip('no_such_package')"
    if at == "while it is collected":
        needs_package = "import pytest\npytest.importorskip('no_such_package')\ndef test_it(): pass"
    suite(needs_package).assert_outcomes(skipped=1)
    monkeypatch.setenv("DCN_REQUIRE_TOOLS", "1")
    result = suite(needs_package)
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*no_such_package*DCN_REQUIRE_TOOLS=1 forbids to skip*"])


def test_required_tools_turn_the_skip_into_a_failure(suite, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("DCN_REQUIRE_TOOLS", "1")
    result = suite(NEEDS_BROWSER)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*needs Chromium*DCN_REQUIRE_TOOLS=1*"])


def test_the_network_is_out_of_reach_by_name_and_by_number():
    with pytest.raises(urllib.error.URLError, match="never touch the network"):
        urllib.request.urlopen("http://example.org")
    with socket.socket() as plug, pytest.raises(OSError, match="never touch the network"):
        plug.connect(("192.0.2.1", 80))
    with socket.socket() as plug, pytest.raises(OSError, match="never touch the network"):
        plug.connect_ex(("192.0.2.1", 80))


def test_this_machine_itself_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_the_cache_is_a_temporary_folder(tmp_path_factory):
    assert platformdirs.user_cache_path("dcn-course").is_relative_to(tmp_path_factory.getbasetemp())
