"""The exercises and their check: what is asked, whether an answer is right, and why it is not."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"check": ["check"], "pictures": ["picture"]}
)
