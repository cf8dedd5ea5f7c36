"""The notebooks of the exercises, with their solutions, run under nbval from top to bottom."""

import os
import subprocess
import sys

import nbformat
import pytest

from dcn_course.checking import build
from dcn_course.checking.catalogue import exercise, numbers

NUMBERS = numbers()


def solved(number):
    """A notebook with its solutions, and a cell at its end that asks for the verdict."""
    book = nbformat.reads(build.notebook(number, solved=True), as_version=4)
    book.cells.append(nbformat.v4.new_code_cell("assert _.passed, str(_)"))
    for place, cell in enumerate(cell for cell in book.cells if cell.cell_type == "code"):
        cell.execution_count = place + 1  # nbval passes over what was never run
    return book


def run(folder, names):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    return subprocess.run(
        [*command, f"--rootdir={folder}", *names], cwd=folder, capture_output=True, encoding="utf-8"
    )


@pytest.fixture(autouse=True)
def _tools():
    for module in ("nbval", "torch", "torchvision", "numba", "sklearn"):
        pytest.importorskip(module, reason="runs notebooks: pip install 'dcn-course[test]'")


def test_all_notebooks_with_solutions_run_and_pass_their_checks(tmp_path):
    names = [f"{exercise(number).stem}.ipynb" for number in NUMBERS]
    cells = 0
    for number, name in zip(NUMBERS, names, strict=True):
        book = solved(number)
        nbformat.write(book, tmp_path / name)
        cells += sum(cell.cell_type == "code" for cell in book.cells)
    done = run(tmp_path, names)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert f"{cells} passed" in done.stdout
    assert "skipped" not in done.stdout


def test_a_notebook_that_is_not_finished_fails(tmp_path):
    book = solved(4)
    for cell in book.cells:
        cell.source = cell.source.replace("w0 * w1 * pixel", "w0 * pixel")
    nbformat.write(book, tmp_path / "wrong.ipynb")
    done = run(tmp_path, ["wrong.ipynb"])
    assert done.returncode == 1
    assert "1 failed" in done.stdout
