"""What the records say: the tables of the results pages, the claims of the report, and where networks look.

Names are loaded on first use; only `areas` and `images` need torch.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "areas": ["Areas", "load_areas"],
        "claims": ["CLAIMS", "audit"],
        "comparisons": ["Comparison", "comparisons_of"],
        "multiplications": ["count_multiplications"],
        "evidence": ["Evidence", "Runs", "gather", "runs_of"],
        "images": ["KeptImages", "load_images"],
        "model": ["Claim", "Outcome", "Verdict"],
        "result_tables": [
            "accuracies",
            "costs",
            "cross_entropies",
            "differences",
            "disagreements",
            "legend",
            "offsets",
            "tuning",
        ],
    },
)
