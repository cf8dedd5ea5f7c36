"""Exercise 13: the errors in the two phases of the report's recipe, from a record."""

from dcn_course.records import load, results_folder

from ..svg import Canvas, Drawing

_RECORD = "mnist-period/lenet5-dc-seed0.json"


def draw() -> Drawing:
    """Draw the errors after each epoch, on the training and on the test images."""
    epochs = load(results_folder() / _RECORD).epochs
    points = [(epoch.phase, 1 - epoch.train_accuracy, 1 - epoch.test_accuracy) for epoch in epochs]
    largest = max(max(train, test) for _, train, test in points)
    canvas, left, top, height, step = Canvas(420, 240), 70, 50, 140, 60
    for share in (0, 0.01, 0.02, 0.03, 0.04):
        y = top + height * (1 - share / largest)
        if share <= largest:
            canvas.path([(left, y), (left + step * len(points), y)], "line")
            canvas.text(left - 8, y + 4, f"{share:.0%}", "quiet", 12, "end")
    joint = sum(phase == "joint" for phase, _, _ in points)
    border = left + step * joint
    canvas.path([(border, top - 10), (border, top + height)], "ink")
    canvas.text(left + step * joint / 2, 24, "everything is trained")
    canvas.text(border + step * (len(points) - joint) / 2, 24, "offsets alone")
    for place, (_, train, test) in enumerate(points):
        x = left + step * (place + 0.5)
        canvas.circle(x, top + height * (1 - train / largest), 5, "blue", "none")
        canvas.circle(x, top + height * (1 - test / largest), 6, "none", "orange")
        canvas.text(x, top + height + 20, f"{place + 1}", "quiet", 12)
    canvas.text(left + step * len(points) / 2, top + height + 42, "epoch", "quiet", 12)
    said = ", ".join(f"{train:.2%} and {test:.2%}" for _, train, test in points)
    return canvas.drawing(
        f"Errors of LeNet-5-DC on MNIST after each epoch, on training and test images: {said}. "
        f"In the first {joint} epochs everything was trained, then the offsets alone."
    )
