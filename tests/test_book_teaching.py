"""The pages for teachers: every command on them runs, and leaves what the page says."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from grading_attacks import NAME, RIGHT, WRONG

    from dcn_course.grading import isolation
    from dcn_course.grading.classroom import WORKFLOW

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "book" / "teaching"
ELSEWHERE = {"gh", "podman", "docker"}  # they need an account, or an engine that no test has


def commands(page):
    """The commands of a page, in their order."""
    blocks = re.findall(r"```bash\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def place(folder):
    """A folder as the pages assume it: a class of two, as a folder and as a zip, twice."""
    for name, program in (("ada", RIGHT), ("bob", WRONG)):
        (folder / "submissions" / name).mkdir(parents=True)
        (folder / "submissions" / name / NAME).write_text(program, encoding="utf-8")
    shutil.make_archive(str(folder / "submissions"), "zip", folder / "submissions")
    shutil.copytree(folder / "submissions", folder / "week1-submissions")
    return folder


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def run(command, folder):
    done = subprocess.run(
        [sys.executable, "-m", "dcn_course", *command[1:]],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done


def test_every_command_for_the_course_runs(tmp_path):
    found = commands("course.md")
    assert len(found) >= 4
    for command in found:
        assert command[0] == "dcn"
        run(command, tmp_path)
    assert len(list((tmp_path / "handout").glob("*.py"))) == len(
        list((tmp_path / "handout-notebooks").glob("*.ipynb"))
    )
    assert (tmp_path / "template" / WORKFLOW).is_file()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """What is there after all commands of the page on grading, but for the cluster's, have run."""
    if not isolation.probe().whole:
        pytest.skip("this system cannot shut programs in")
    folder = place(tmp_path_factory.mktemp("teacher"))
    said = {}
    for command in commands("grading.md"):
        if command[0] == "dcn" and "--dask" not in command:
            said[shlex.join(command)] = run(command, folder).stdout
    return folder, said


def test_every_command_for_grading_runs_and_leaves_what_the_table_says(graded):
    folder, said = graded
    first = next(iter(said))
    assert said[first].startswith("2 students, 2 graded now; 1 of ")
    table = (
        (PAGES / "grading.md")
        .read_text(encoding="utf-8")
        .partition("| in `grades` |")[2]
        .partition("\n\n")[0]
    )
    names = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    files = [name for cell in names for name in re.findall(r"`([^`]+)`", cell)]
    assert len(files) >= 7
    for name in files:
        assert list((folder / "grades").glob(name)), name
    assert {p.name for p in (folder / "grades").iterdir()} <= {name.partition("/")[0] for name in files}


def test_the_appeals_of_the_page_find_no_difference(graded):
    _, said = graded
    appeals = [text for command, text in said.items() if command.startswith("dcn regrade")]
    assert len(appeals) == 2
    assert all(re.search(r"All \d+ verdicts are the same", text) for text in appeals)


def test_the_cluster_of_the_page_grades(graded, tmp_path):
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mine = [
        [word.replace("SCHEDULER", "127.0.0.1").replace("8786", str(port)) for word in command]
        for command in commands("grading.md")
        if command[0] == "dask" or "--dask" in command
    ]
    assert [command[0] for command in mine] == ["dask", "dask", "dcn"]
    place(tmp_path)
    with ExitStack() as stack:
        for command in mine[:2]:
            quiet = [*command[1:], "--no-dashboard", "--host", "127.0.0.1"]
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *quiet],
                cwd=tmp_path,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)  # a nanny ends its workers then
            time.sleep(1.0)
        assert "2 students, 2 graded now; 1 of " in run(mine[2], tmp_path).stdout


def test_what_no_test_runs_is_said_to_need_something_else():
    tools = {command[0] for page in ("course.md", "grading.md") for command in commands(page)}
    assert tools == {"dcn", "dask"} | ELSEWHERE


def test_the_containers_of_the_page_fit_the_recipe():
    recipe = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["dcn", "grade"]' in recipe
    built = [c for c in commands("grading.md") if c[0] in ("podman", "docker")]
    for build, use in (built[:2], built[2:]):
        tag = build[build.index("--tag") + 1]
        assert build[1] == "build"
        assert use[1] == "run"
        assert use[use.index("--network") + 1] == "none"
        volumes = [use[i + 1].split(":")[1] for i, word in enumerate(use) if word == "--volume"]
        arguments = use[use.index(tag) + 1 :]
        assert arguments == [volumes[0], "--out", volumes[1]]


def test_the_recipe_copies_all_that_the_package_is_built_from():
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shown = {
        line[1:]
        for line in (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], *project["project"]["license-files"]}
    needed |= {project["project"]["readme"], "pyproject.toml", "constraints.txt"}
    assert shown == needed
    assert all((ROOT / name).exists() for name in shown)
