"""The wheel works outside the clone, and one list of versions serves pip, make and conda."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dcn_course

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins() -> dict[str, list[tuple[str, Marker | None]]]:
    """Name → [(version, marker)] of constraints.txt."""
    found: dict[str, list[tuple[str, Marker | None]]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        wanted = Requirement(line)
        (only,) = wanted.specifier
        assert only.operator == "==", line
        found.setdefault(canonicalize_name(wanted.name), []).append((only.version, wanted.marker))
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> dict[str, str]:
    """The wheel unpacked far from the clone; returns the environment in which it is found first."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return {**os.environ, "PYTHONPATH": str(site), "NO_COLOR": "1"}


def outside(env: dict[str, str], folder: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, cwd=folder, env=env, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_each_file_of_the_package_and_each_record_and_no_test(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    skip = {"__pycache__"}
    package = {p for p in (ROOT / "dcn_course").rglob("*") if p.is_file() and not skip & set(p.parts)}
    results = {p for p in (ROOT / "results").rglob("*") if p.is_file() and p.name != ".gitkeep"}
    wanted = {p.relative_to(ROOT).as_posix() for p in package}
    wanted |= {"dcn_course/_results/" + p.relative_to(ROOT / "results").as_posix() for p in results}
    for folder in ("solutions", "exercises"):
        wanted |= {f"dcn_course/_{folder}/{p.name}" for p in (ROOT / folder).iterdir() if p.is_file()}
    assert wanted - names == set()
    assert not any(name.startswith("tests/") for name in names)


def test_outside_the_clone_the_wheel_finds_its_records_its_figures_and_its_digits(installed, tmp_path):
    code = """
import json, pathlib, dcn_course
from dcn_course import datasets, records
from dcn_course.widgets import BilinearFigure
print(json.dumps({
    "package": str(pathlib.Path(dcn_course.__file__).parent),
    "records": [record.experiment for record in records.load_all()],
    "figure": len(BilinearFigure()._esm) > 1000,
    "digits": len(datasets.load("digits", "train")) + len(datasets.load("digits", "test")),
}))
"""
    said = json.loads(outside(installed, tmp_path, "-c", code))
    assert Path(said["package"]).is_relative_to(installed["PYTHONPATH"])
    assert len(said["records"]) == len(list((ROOT / "results").rglob("*.json"))) > 0
    assert said["figure"]
    assert said["digits"] == 1797


def test_outside_the_clone_a_student_starts_and_checks_an_exercise(installed, tmp_path):
    outside(installed, tmp_path, "-m", "dcn_course", "start", "work")
    work = tmp_path / "work"
    command = [sys.executable, "-m", "dcn_course", "check", "04"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=work, env=installed, timeout=120
    )
    assert done.returncode == 1
    assert "Answer the question first" in done.stdout
    solved = "from dcn_course.checking import layout; print(layout.solved(4))"
    (work / "04_bilinear_sampling.py").write_text(outside(installed, work, "-c", solved), encoding="utf-8")
    assert "All right" in outside(installed, work, "-m", "dcn_course", "check", "04")


def test_outside_the_clone_dcn_trains_for_an_epoch(installed, tmp_path):
    arguments = ["-m", "dcn_course", "train", "lenet5", "--dataset", "digits", "--epochs", "1"]
    assert "accuracy" in outside(installed, tmp_path, *arguments)
    assert any((tmp_path / "runs").iterdir())


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_each_direct_dependency_has_one_pin_that_fits_its_range(python, system):
    machine = {"python_version": python, "python_full_version": python + ".5", "sys_platform": system}
    direct = [
        *PROJECT["dependencies"],
        *(r for extra in PROJECT["optional-dependencies"].values() for r in extra),
    ]
    for line in direct:
        wanted = Requirement(line)
        if wanted.name == PROJECT["name"]:
            continue
        versions = [v for v, m in pins()[canonicalize_name(wanted.name)] if m is None or m.evaluate(machine)]
        assert len(versions) == 1, (line, versions)
        assert wanted.specifier.contains(versions[0]), (line, versions)


def test_the_version_is_the_same_wherever_it_stands():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["version"] == citation["version"] == dcn_course.__version__


def test_conda_takes_its_versions_from_the_same_list():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-c constraints.txt", "-e .[book,test]"]}
    assert all("==" not in line for line in conda)


@pytest.mark.tool("make")
def test_make_installs_once_and_again_only_when_the_list_of_packages_changed(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)

    def plan() -> str:
        command = ["make", "--dry-run", "setup", f"PYTHON={sys.executable}"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "pip install" in plan()
    ready = tmp_path / ".venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    assert "pip install" not in plan()
    later = ready.stat().st_mtime + 10
    os.utime(tmp_path / "constraints.txt", (later, later))
    assert "pip install" in plan()


@pytest.mark.tool("make")
def test_make_help_names_each_target_with_its_duration():
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = next(
        line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:")
    ).split()[1:]
    for target in set(targets) - {"help"}:
        (line,) = [line for line in text.splitlines() if line.startswith(f"  make {target} ")]
        assert line.endswith(")"), line
