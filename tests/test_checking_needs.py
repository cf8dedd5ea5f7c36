"""Exercises that need more than NumPy: what they say without it, and how they call the student's code."""

import subprocess
import sys

import pytest

from dcn_course.checking import book, layout
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.check import check_file

MORE = [number for number in numbers() if exercise(number).needs]

WITHOUT = """
import importlib.util, sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "numba", "sklearn"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Wall())
whole = importlib.util.find_spec
def find_spec(name, package=None):
    try:
        return whole(name, package)
    except ModuleNotFoundError:
        return None
importlib.util.find_spec = find_spec
from dcn_course.cli import main
main(["check", *sys.argv[1:]])
"""


def solve(folder, number, *changes):
    text = layout.solved(number)
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    path = folder / f"{exercise(number).stem}.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_five_exercises_need_more_than_numpy():
    assert MORE == [12, 13, 14, 15]


@pytest.mark.parametrize("number", MORE)
def test_without_what_it_needs_the_check_says_how_to_install_it(number, tmp_path):
    path = solve(tmp_path, number)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(path)], capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert f"This exercise needs {' and '.join(exercise(number).needs)}, which this Python lacks." in said
    assert 'Install it: pip install "dcn-course[torch]"' in said
    assert done.stderr == ""


def test_what_is_kept_on_the_class_is_found_by_a_second_call(tmp_path):
    pytest.importorskip("torch")
    path = solve(
        tmp_path,
        12,
        ("ctx.save_for_backward(input, offset, weight)", "DeformConv2d.kept = input, offset, weight"),
        ("input, offset, weight = ctx.saved_tensors", "input, offset, weight = DeformConv2d.kept"),
    )
    report = check_file(12, path, seed=7)
    assert [step.state for step in report.steps] == ["right", "right", "wrong"]
    assert "each call has a ctx of its own" in report.mistake
    assert "import torch" in report.example


def test_a_method_that_is_gone_is_missed_by_its_name(tmp_path):
    pytest.importorskip("torch")
    report = check_file(
        12, solve(tmp_path, 12, ("    def backward(ctx, grad", "    def backwards(ctx, grad"))
    )
    assert "there is no function DeformConv2d.backwards" not in report.headline
    assert "DeformConv2d.backward" in report.headline
    assert not report.passed


def test_too_much_memory_is_an_error_with_torch_too(tmp_path):
    pytest.importorskip("torch")
    if sys.platform != "linux":
        pytest.skip("needs a limit on memory, which only Linux keeps")
    path = solve(tmp_path, 14, ("    X = image.detach()", "    torch.ones(2**30)\n    X = image.detach()"))
    report = check_file(14, path, memory=2**31)
    assert not report.passed
    assert "memory" in report.headline


def test_the_check_of_speed_shows_times_and_decides_nothing(tmp_path):
    pytest.importorskip("numba")
    slow = ("def columns_vectorised(", "def _fast(")
    path = solve(tmp_path, 15, slow)
    path.write_text(
        path.read_text(encoding="utf-8") + "\ncolumns_vectorised = columns_loop\n", encoding="utf-8"
    )
    report = check_file(15, path)
    assert report.passed, str(report)
    said = " ".join(report.notes)
    assert "the loop takes" in said
    assert "as fast as the loop" in said
    assert "torchvision takes" in said or "torchvision is not installed" in said
    assert all(note in report._repr_html_() for note in report.notes)


def test_a_loop_that_was_removed_is_no_failure(tmp_path):
    pytest.importorskip("numba")
    report = check_file(15, solve(tmp_path, 15, ("def columns_loop(", "def loop(")))
    assert report.passed
    assert report.notes[0].startswith("The times could not be measured: there is no function columns_loop")


# Where the book is


def test_an_equation_is_linked_online_only_where_the_book_has_an_address(monkeypatch, tmp_path):
    monkeypatch.setattr(book, "PACKAGE", tmp_path / "site" / "dcn_course")
    monkeypatch.setattr(book, "public_address", lambda: "")
    assert book.link("chapters/x", "hat") == ("equation hat", "page chapters/x")
    monkeypatch.setattr(book, "public_address", lambda: "https://example.org/book")
    assert book.link("chapters/x", "hat")[1] == "https://example.org/book/equations.html#map-hat"
    page = tmp_path / "site" / "book" / "_build" / "html" / "chapters" / "x.html"
    page.parent.mkdir(parents=True)
    page.write_text('<div id="equation-hat">', encoding="utf-8")
    assert book.link("chapters/x", "hat")[1] == f"{page.as_uri()}#equation-hat"


def test_the_public_address_is_read_from_the_package(monkeypatch):
    class Facts:
        def __init__(self, entries):
            self.entries = entries

        def get_all(self, name):
            return self.entries if name == "Project-URL" else None

    both = ["Repository, https://x.org/code/", "Documentation, https://example.org/book/"]
    for entries, address, repository in (
        (None, "", ""),
        (["Source, https://example.org/code"], "", ""),
        (both, "https://example.org/book", "https://x.org/code"),
        (["Repository, https://github.com/Some/a"], "https://some.github.io/a", "https://github.com/Some/a"),
    ):
        monkeypatch.setattr(book.metadata, "metadata", lambda name, entries=entries: Facts(entries))
        assert book.public_address() == address
        assert book.repository() == repository


def test_a_notebook_installs_the_course_first_where_its_address_is_known(monkeypatch):
    import json

    from dcn_course.checking import build, layout

    assert "find_spec" not in build.notebook(4)
    monkeypatch.setattr(layout, "repository", lambda: "https://example.org/code")
    for number, wanted in ((4, "dcn-course @ git+https://"), (12, "dcn-course[torch] @ git+https://")):
        first = next(c for c in json.loads(build.notebook(number))["cells"] if c["cell_type"] == "code")
        assert wanted in "".join(first["source"])


def test_the_first_cell_of_a_notebook_installs_only_what_is_missing(monkeypatch):
    from dcn_course.checking import layout
    from dcn_course.checking.catalogue import exercise

    called = []

    class Shell:
        def run_line_magic(self, name, line):
            called.append((name, line))

    cell = layout._install(exercise(4), "https://example.org/code")
    exec(cell, {"get_ipython": Shell})
    assert called == []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    exec(cell, {"get_ipython": Shell})
    assert called == [("pip", "install --quiet 'dcn-course @ git+https://example.org/code'")]
