"""Build the book to book/_build/html: ``python book/build.py``. Warnings are errors.

The cells of a page run anew, and its formulas are proven anew, when its text or its checks changed. When the
package, the records, the figures or the settings changed, all pages' are, because each may show them. All
pages are written anew in any case, as a number of one may stand on another, and the tests are read again for
the links to them. So nothing in the book is ever stale. ``--cold`` runs everything.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
BUILD = BOOK / "_build"
SHOWN_EVERYWHERE = [
    *(
        ROOT / name
        for name in ("dcn_course", "exercises", "results", "solutions", "timings", "constraints.txt")
    ),
    *(
        BOOK / name
        for name in ("_config.yml", "_toc.yml", "_ext", "assets", "figures", "labs", "references.bib")
    ),
]


def fingerprint() -> str:
    """SHA-256 over the names and bytes of all that any page may show."""
    digest = hashlib.sha256(sys.version.encode())
    for top in SHOWN_EVERYWHERE:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def main() -> int:
    stamp = BUILD / "fingerprint"
    now = fingerprint()
    if "--cold" in sys.argv[1:] or not stamp.is_file() or stamp.read_text() != now:
        shutil.rmtree(BUILD, ignore_errors=True)
    for page in (BUILD / "html").rglob("*.html"):
        page.unlink()
    tool = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*tool, "build", str(BOOK), "-W", "-n", "--keep-going", "--quiet"]
    code = subprocess.run(command, cwd=ROOT).returncode
    if code == 0:
        stamp.write_text(now)
        print(f"The book is in {BUILD / 'html' / 'index.html'}")
    else:
        # A page whose warning was an error would be taken as built next time.
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        stamp.unlink(missing_ok=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
