"""Interactive figures: live in a notebook, and alive without a kernel in the built book.

Names are loaded on first use; that is when ``anywidget`` is imported (the extra ``dcn-course[lab]``).
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "bilinear": ["BilinearFigure"],
        "border": ["BorderFigure"],
        "figure": ["Figure"],
        "kernel": ["KernelFigure"],
        "kink": ["KinkFigure"],
        "scatter": ["ScatterFigure"],
        "sampling": ["SamplingFigure"],
        "terms": ["TermsFigure"],
    },
)
