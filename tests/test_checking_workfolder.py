"""The commands of the exercises: the work folder, its progress, and that nothing of the student's is lost."""

import os
import signal
import subprocess
import sys
import time
from datetime import date

import pytest

from dcn_course.checking import catalogue, layout, progress, workfolder
from dcn_course.checking.catalogue import exercise, numbers
from dcn_course.checking.progress import Entry, ProgressDamagedError
from dcn_course.cli import main

FOUR = "04_bilinear_sampling.py"


@pytest.fixture
def dcn(tmp_path, monkeypatch, capsys):
    """Run ``dcn`` in an empty folder; give the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


def solve(folder, number=4):
    path = folder / f"{exercise(number).stem}.py"
    path.write_text(layout.solved(number), encoding="utf-8")
    return path


def test_start_makes_a_folder_with_each_exercise_and_its_picture(dcn, tmp_path):
    code, out, _ = dcn("start", "work")
    assert code == 0
    names = {path.name for path in (tmp_path / "work").iterdir()}
    stems = [exercise(number).stem for number in numbers()]
    assert names == {"progress.toml"} | {s + end for s in stems for end in (".py", ".svg")}
    assert "Go on with: cd work && dcn next" in out
    dcn("start", "books", "--notebooks")
    assert (tmp_path / "books" / "04_bilinear_sampling.ipynb").is_file()
    assert not (tmp_path / "books" / FOUR).exists()


def test_start_again_adds_what_is_new_brings_up_to_date_what_is_untouched_and_keeps_what_is_yours(
    tmp_path, monkeypatch
):
    course = tmp_path / "course"
    course.mkdir()
    for number in numbers():
        for end in (".py", ".svg"):
            (course / f"{exercise(number).stem}{end}").write_text("old", encoding="utf-8")
    monkeypatch.setattr(workfolder, "folder", lambda kind: course)
    work = tmp_path / "work"
    workfolder.start(work)
    (work / FOUR).write_text("mine", encoding="utf-8")
    (work / "01_im2col.py").unlink()  # as if this exercise were new
    for path in course.iterdir():
        path.write_text("new", encoding="utf-8")
    done = workfolder.start(work)
    assert "01_im2col.py" in done.added
    assert "05_bilinear_gradients.py" in done.updated
    assert done.kept == (FOUR,)
    assert (work / FOUR).read_text() == "mine"
    assert (work / "05_bilinear_gradients.py").read_text() == "new"
    again = workfolder.start(work)
    assert (again.added, again.updated, again.kept) == ((), (), (FOUR,))


def test_next_names_the_first_unfinished_exercise_until_all_are_done(dcn, tmp_path, monkeypatch):
    dcn("start", ".")
    for number in numbers():
        assert f"{number:02d} · {exercise(number).title}" in dcn("next")[1]
        solve(tmp_path, number)
        assert dcn("check", number)[0] == 0
    assert dcn("next")[1] == "All exercises are done.\n"


def test_check_says_the_verdict_by_its_exit_code_and_notes_it(dcn, tmp_path):
    dcn("start", ".")
    code, out, _ = dcn("check", "04")
    assert code == 1
    assert "Answer the question first" in out
    solve(tmp_path)
    assert dcn("check", "4", "--seed", "5")[0] == 0
    entry = progress.load(tmp_path)[4]
    assert (entry.checks, entry.passed) == (2, date.today())
    code, out, _ = dcn("check")
    assert code == 1
    assert f"1 of {len(numbers())} pass." in out
    code, out, _ = dcn("progress")
    assert "✓ 04 Bilinear sampling" in out
    assert f"1 of {len(numbers())} done" in out


def test_each_wrong_check_gives_the_next_hint(dcn, tmp_path):
    dcn("start", ".")
    path = solve(tmp_path)
    wrong = path.read_text(encoding="utf-8").replace(
        "np.floor(points).astype(np.int64)", "points.astype(np.int64)"
    )
    path.write_text(wrong, encoding="utf-8")
    for hint in exercise(4).gap("locate").hints:
        assert " ".join(hint.split()) in " ".join(dcn("check", "4")[1].split())
    assert progress.load(tmp_path)[4].hints == {"locate": 3}


def test_the_seed_that_is_named_gives_the_same_report(dcn, tmp_path):
    path = solve(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("w2 * w3 * pixel", "w2 * pixel"), encoding="utf-8"
    )
    _, first, _ = dcn("check", path)
    seed = first.rsplit("--seed ", 1)[1].strip()
    assert dcn("check", path, "--seed", seed)[1] == first


def test_the_report_is_written_as_html_too(dcn, tmp_path):
    solve(tmp_path)
    assert dcn("check", FOUR, "--html", "report.html")[0] == 0
    assert "All right" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_newer_one_of_file_and_notebook_is_checked(dcn, tmp_path):
    dcn("start", ".")
    dcn("start", ".", "--notebooks")
    path = solve(tmp_path)
    os.utime(tmp_path / "04_bilinear_sampling.ipynb", (1, 1))
    assert workfolder.file_of(4, tmp_path) == path
    os.utime(path, (0, 0))
    assert workfolder.file_of(4, tmp_path).suffix == ".ipynb"


def test_the_solution_is_shown_after_passing_or_giving_up_as_a_difference(dcn, tmp_path):
    dcn("start", ".")
    code, out, err = dcn("solution", "4")
    assert (code, out) == (2, "")
    assert "has not passed yet" in err
    code, out, _ = dcn("solution", "4", "--give-up")
    assert code == 0
    assert "-    raise NotImplementedError" in out
    assert "+    indices = np.floor(points).astype(np.int64)" in out
    assert progress.load(tmp_path)[4].gave_up
    assert "= 04" in dcn("progress")[1]
    path = solve(tmp_path, 5)
    path.write_text(
        path.read_text(encoding="utf-8").replace("    return slopes", "    return slopes + 0"),
        encoding="utf-8",
    )
    assert dcn("check", "5")[0] == 0
    code, out, _ = dcn("solution", "5")
    assert code == 0
    assert [line for line in out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-    return slopes + 0",
        "+    return slopes",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "99"), "there is no exercise 99; there are 01"),
        (("check", "04"), "dcn start puts them there"),
        (("check", "essay.py"), "neither a number nor a file named like an exercise"),
        (("check", "04_gone.py"), "no file 04_gone.py"),
        (("next",), "this is no work folder: dcn start makes one"),
        (("progress",), "this is no work folder"),
        (("watch",), "this is no work folder"),
        (("solution", "4"), "dcn start puts them there"),
    ],
)
def test_what_is_not_there_is_an_error_in_one_line(dcn, arguments, words):
    code, _out, err = dcn(*arguments)
    assert code == 2
    assert words in err
    assert len(err.splitlines()) == 1


def test_progress_is_read_as_it_was_written(tmp_path):
    entries = {
        1: Entry(),
        4: Entry(3, date(2026, 1, 2), True, {"locate": 2}, {"a b.py": "0f", "c.svg": "1e"}),
    }
    progress.save(tmp_path, entries)
    assert progress.load(tmp_path) == entries
    assert "passed = 2026-01-02" in (tmp_path / "progress.toml").read_text(encoding="utf-8")


DAMAGED = [
    "[exercise-04",
    "[exercise-x]",
    "[exercise-04]\nlives = 3",
    "x = 1",
    "[exercise-04]\nchecks = 'two'",
    "[exercise-04]\npassed = 'yes'",
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_progress_is_an_error_and_stays_as_it_is(dcn, tmp_path, text):
    (tmp_path / "progress.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProgressDamagedError, match="is damaged"):
        progress.load(tmp_path)
    assert dcn("start", ".")[0] == 2
    assert (tmp_path / "progress.toml").read_text(encoding="utf-8") == text


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_watch_checks_what_is_saved_and_ends_at_ctrl_c(dcn, tmp_path):
    pytest.importorskip("watchfiles")
    dcn("start", ".")
    process = subprocess.Popen(
        [sys.executable, "-m", "dcn_course", "watch"], cwd=tmp_path, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout.readline().startswith("Watching")
        time.sleep(2)  # until the system watches
        solve(tmp_path)
        lines = [process.stdout.readline() for _ in range(8)]
        assert "04 · Bilinear sampling\n" in lines
        assert "All right: every entry, on every input.\n" in lines
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)
    finally:
        process.kill()
        process.wait()
    assert progress.load(tmp_path)[4].passed == date.today()


def test_a_folder_without_masters_is_an_error_that_names_both_places(monkeypatch, tmp_path):
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path / "site" / "dcn_course")
    with pytest.raises(FileNotFoundError, match="no solutions at"):
        catalogue.folder("solutions")
