"""Planted changes that leave a formula true, each with the reason. Any other change must be found.

A change is named by its page and by a part of the changed formula that the formula itself does not have.
"""

ZERO = "the weights of one axis do not depend on the other: all these derivatives are zero"

EQUIVALENT: dict[tuple[str, str], str] = {
    ("bilinear", r"\frac{\partial w_3}{\partial p^y} = \frac{\partial w_3}{\partial p^y}"): ZERO,
    ("bilinear", r"\frac{\partial w_1}{\partial p^y} = \frac{\partial w_1}{\partial p^y}"): ZERO,
    ("bilinear", r"\frac{\partial w_1}{\partial p^y} = -\frac{\partial w_3}{\partial p^y}"): ZERO,
    ("bilinear", r"\frac{\partial w_2}{\partial p^x} = \frac{\partial w_2}{\partial p^x}"): ZERO,
    ("bilinear", r"\frac{\partial w_0}{\partial p^x} = \frac{\partial w_0}{\partial p^x}"): ZERO,
    ("bilinear", r"\frac{\partial w_0}{\partial p^x} = -\frac{\partial w_2}{\partial p^x}"): ZERO,
}
