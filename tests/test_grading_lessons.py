"""The lesson plan follows from what the exercises say of themselves."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.checking.catalogue import NoSuchExerciseError, exercise, numbers
    from dcn_course.grading.lessons import lessons, table


@pytest.mark.parametrize("minutes", [1, 30, 45, 90, 10_000])
def test_each_exercise_has_its_place_once_after_those_that_it_builds_on(minutes):
    plan = lessons(minutes)
    order = [one.number for lesson in plan for one in lesson.exercises]
    assert sorted(order) == numbers()
    for place, number in enumerate(order):
        assert set(exercise(number).after) <= set(order[:place])


@pytest.mark.parametrize("minutes", [30, 75, 90])
def test_a_lesson_holds_what_fits_and_no_two_lessons_would_fit_into_one(minutes):
    plan = lessons(minutes)
    for lesson, after in zip(plan, [*plan[1:], None], strict=True):
        assert lesson.minutes == sum(exercise(one.number).minutes for one in lesson.exercises)
        assert lesson.minutes <= minutes or len(lesson.exercises) == 1
        assert after is None or lesson.minutes + after.exercises[0].minutes > minutes


def test_a_choice_is_planned_in_the_order_of_the_numbers_and_said_with_its_chapters(capsys):
    from dcn_course.cli import main

    plan = lessons(60, [7, 4, 4, 12])
    assert [[one.number for one in lesson.exercises] for lesson in plan] == [[4], [7], [12]]
    text = table(plan)
    assert f"04 {exercise(4).title} ({exercise(4).minutes} min, {exercise(4).difficulty})" in text
    assert "| torch |" in text
    assert "| bilinear |" in text
    with pytest.raises(SystemExit) as ended:
        main(["lessons", "--minutes", "60", "--exercise", "12", "--exercise", "4", "--exercise", "7"])
    assert ended.value.code == 0
    total = sum(exercise(number).minutes for number in (4, 7, 12))
    assert capsys.readouterr().out == f"{text}\n\n3 lessons, {total} minutes of exercises.\n"


def test_what_cannot_be_planned_is_said(capsys):
    from dcn_course.cli import main

    with pytest.raises(ValueError, match="minutes: expected a positive number, got 0"):
        lessons(0)
    with pytest.raises(NoSuchExerciseError, match="there is no exercise 99"):
        lessons(60, [99])
    with pytest.raises(SystemExit) as ended:
        main(["lessons", "--exercise", "99"])
    assert ended.value.code == 2
    assert "there is no exercise 99" in capsys.readouterr().err
