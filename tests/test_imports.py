"""The rules of who may import whom, and the promise that the NumPy part needs no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

NO_TORCH = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "matplotlib", "sklearn", "anywidget"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Wall())
"""


def run(code: str, *args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=cwd, timeout=120
    )


def test_imports_go_downwards_only():
    pytest.importorskip("importlinter")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as f; f()", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kept, 0 broken" in done.stdout


def test_the_specification_imports_numpy_and_itself_alone():
    allowed = {"numpy", "dcn_course.reference", *sys.stdlib_module_names}
    for path in (ROOT / "dcn_course" / "reference").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                assert not isinstance(node, ast.ImportFrom) or node.level == 1, (path, ast.unparse(node))
                continue
            for name in names:
                assert {name, name.partition(".")[0]} & allowed, (path, ast.unparse(node))


@pytest.mark.parametrize(
    "module",
    ["dcn_course", "dcn_course.reference", "dcn_course.cli", "dcn_course.records", "dcn_course.datasets"],
)
def test_the_numpy_part_imports_where_torch_is_not_installed(module):
    done = run(NO_TORCH + f"import {module}")
    assert done.returncode == 0, done.stderr


def test_importing_the_package_loads_neither_torch_nor_numpy():
    done = run("import sys, dcn_course; print({'torch', 'numpy'} & set(sys.modules))")
    assert done.stdout.strip() == "set()", done.stdout + done.stderr


def test_every_public_name_of_the_package_can_be_had():
    done = run("import dcn_course\nfor name in dcn_course.__all__: getattr(dcn_course, name)")
    assert done.returncode == 0, done.stderr
