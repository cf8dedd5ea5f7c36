"""A lesson plan: the exercises in their order, in as many lessons as they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dcn_course import tables
from dcn_course.checking.catalogue import Exercise, exercise, numbers


@dataclass(frozen=True)
class Lesson:
    """What is done in one lesson.

    Attributes:
        exercises: in their order.
        minutes: that their masters say they take.
    """

    exercises: tuple[Exercise, ...]
    minutes: int


def lessons(minutes: int, exercises: Sequence[int] = ()) -> list[Lesson]:
    """Share the exercises out, in the order of their numbers.

    Args:
        minutes: of a lesson that are for exercises.
        exercises: numbers of those that are done; none for all.

    Returns:
        The lessons. An exercise is never split: one that takes longer than a lesson has one of its own.

    Raises:
        ValueError: `minutes` is not positive.
        NoSuchExerciseError: there is no exercise of a number.
    """
    if minutes < 1:
        raise ValueError(f"minutes: expected a positive number, got {minutes}")
    made: list[list[Exercise]] = []
    for about in map(exercise, sorted(set(exercises)) or numbers()):  # each comes after what it builds on
        if not made or sum(one.minutes for one in made[-1]) + about.minutes > minutes:
            made.append([])
        made[-1].append(about)
    return [Lesson(tuple(each), sum(one.minutes for one in each)) for each in made]


def table(plan: Sequence[Lesson]) -> str:
    """Write a plan as a table in Markdown."""
    rows = []
    for place, lesson in enumerate(plan, 1):
        titles = (
            f"{one.number:02d} {one.title} ({one.minutes} min, {one.difficulty})" for one in lesson.exercises
        )
        chapters = dict.fromkeys(one.chapter.rpartition("/")[2].replace("_", " ") for one in lesson.exercises)
        needs = dict.fromkeys(name for one in lesson.exercises for name in one.needs)
        row = (
            f"{place}",
            f"{lesson.minutes}",
            "; ".join(titles),
            ", ".join(chapters),
            ", ".join(needs) or "NumPy",
        )
        rows.append(row)
    return tables.to_markdown(("lesson", "minutes", "exercises", "chapters to read", "needs"), rows, left=5)
