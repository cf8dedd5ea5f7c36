"""``python -m dcn_course``: the same as ``dcn``."""

from dcn_course.cli import main

if __name__ == "__main__":
    main()
