"""The exercises are generated from their masters, and nothing of a solution is left in them."""

import ast
import re
from pathlib import Path

import pytest

from dcn_course.checking import build, catalogue, layout, master
from dcn_course.checking.master import MasterError

ROOT = Path(__file__).parents[1]
NUMBERS = catalogue.numbers()

MASTER = '''# %% [raw]
# title = "Twice"
# chapter = "chapters/x"
# minutes = 1
# difficulty = "easy"
# after = []
# mistakes = []
# [[gaps]]
# function = "twice"
# equation = "hat"
# hints = ["Add."]

# %% [markdown]
# Words.

# %%
prediction = [1, 2]  # <answer>

# %%
def twice(x):
    """Double it."""
    y = 0  # kept
    # <solution>
    # first this
    y = x

    if y:
        y = y + x
    # </solution>
    # kept too
    return y
'''


def test_the_generated_exercises_are_those_of_their_masters():
    assert build.stale(ROOT / "exercises") == [], "run: make exercises"


def test_a_changed_a_missing_and_a_foreign_file_are_stale(tmp_path):
    made = build.files()
    for name, text in made.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="\n")
    assert build.stale(tmp_path) == []
    changed, missing, *_ = sorted(made)
    (tmp_path / changed).write_text(made[changed] + " ", encoding="utf-8", newline="\n")
    (tmp_path / missing).unlink()
    (tmp_path / "99_foreign.py").touch()
    assert build.stale(tmp_path) == sorted([changed, missing, "99_foreign.py"])


def test_a_gap_is_cut_out_and_everything_around_it_is_kept():
    text = master.cells(MASTER)[3].text
    cut = build.cut(text)
    assert 'raise NotImplementedError("about 3 lines")' in cut
    assert "y = 0  # kept" in cut
    assert "    # kept too\n    return y" in cut
    assert '"""Double it."""' in cut
    assert "first this" not in cut
    assert "y + x" not in cut
    assert master.gap_lines(MASTER, "twice") == 3


def test_the_answer_is_read_and_cut():
    assert master.answer(MASTER) == [1, 2]
    assert build.cut(master.cells(MASTER)[2].text) == "prediction = ..."


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# %% [raw]\n", "# %% [markdown]\n", "first cell must be"),
        ("# minutes = 1\n", "", "facts must be"),
        ("# minutes = 1\n", "# minutes =\n", "no TOML"),
        ("# minutes = 1\n", "minutes = 1\n", "must begin with"),
        ("  # <answer>", "", "one line must end with"),
        ("prediction = [", "guess = [", "name must be prediction"),
        ("    # <solution>\n", "", "one gap"),
        ("# %% [markdown]", "# %% [poem]", "must be one of"),
        ("# %% [raw]", "x = 1\n# %% [raw]", "before the first cell"),
    ],
)
def test_a_damaged_master_is_an_error_that_says_what_is_wrong(old, new, words):
    text = MASTER.replace(old, new)
    assert text != MASTER
    with pytest.raises(MasterError, match=re.escape(words)):
        master.front_matter(text), master.answer(text), master.gap_lines(text, "twice")


@pytest.mark.parametrize("mark", ["    # <solution>\n", "    # </solution>\n"])
def test_a_marker_without_a_partner_is_an_error(mark):
    with pytest.raises(MasterError, match="no partner"):
        build.cut(master.cells(MASTER)[3].text.replace(mark, ""))


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_has_what_a_student_needs(number):
    about = catalogue.exercise(number)
    assert about.difficulty in ("easy", "medium", "hard")
    assert 5 <= about.minutes <= 120
    assert all(before in range(1, number) for before in about.after)
    text = build.percent(number)
    tree = ast.parse(text)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        functions |= {
            f"{owner.name}.{node.name}": node for node in owner.body if isinstance(node, ast.FunctionDef)
        }
    for gap in about.gaps:
        assert 2 <= len(gap.hints) <= 4
        words = ast.get_docstring(functions[gap.function])
        assert "Args:" in words
        assert "Returns:" in words
        assert "shape" in words or "integer" in words
        assert "about" in ast.unparse(functions[gap.function])
        assert all(hint in text for hint in gap.hints)
    assert "prediction = ..." in text
    assert "solution>" not in text
    assert "<answer>" not in text
    solved = layout.solved(number)
    assert "NotImplementedError" not in solved
    assert "solution>" not in solved


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_and_the_exercise_differ_in_the_gaps_alone(number):
    kept = [line for line in build.percent(number).split("\n") if "NotImplementedError" not in line]
    solved = iter(layout.solved(number).split("\n"))
    for line in kept:
        if line == "prediction = ...":
            continue
        assert line in solved, line  # consumes: the order counts too
