"""Programs that a student might hand in and nobody should trust; all of them build on exercise 04."""

# ruff: noqa: E501

from dataclasses import dataclass, field

from dcn_course.checking import build, layout
from dcn_course.checking.catalogue import exercise
from dcn_course.checking.mutants import named
from dcn_course.checking.mutants.model import program

NUMBER = 4
NAME = f"{exercise(NUMBER).stem}.py"
RIGHT = layout.solved(NUMBER)
WRONG = program(NUMBER, next(mutant for mutant in named(NUMBER) if mutant.name == "round for floor"))
PASSES = "All right: every entry, on every input."


@dataclass(frozen=True)
class Attack:
    """A program.

    Attributes:
        name: what it does.
        code: is put after the solution.
        reason: stands in the headline of the right solution with this code.
        files: handed in beside it.
        slow: it is stopped by the limit of time.
    """

    name: str
    code: str
    reason: str = PASSES
    files: dict[str, bytes] = field(default_factory=dict)
    slow: bool = False


WHOLE_FILES = [
    ("an empty file", b"", "Answer the question first"),
    ("a syntax error", b"prediction = 1\ndef locate(points:\n", "does not run, in line 2: SyntaxError"),
    ("null bytes", b"prediction = 1\n\0\0", "null bytes"),
    (
        "not UTF-8",
        "prediction = 1\n# caf\xe9 \xff".encode("latin-1"),
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9",
    ),
    ("not UTF-8 far down", ("\n" * 50 + "# \xff").encode("latin-1"), "'utf-8' codec can't decode"),
    ("an unknown encoding", b"# -*- coding: klingon -*-\n", "SyntaxError: unknown encoding for"),
    ("the untouched stub", build.percent(NUMBER).encode(), "Answer the question first"),
    ("the solution with a byte order mark", b"\xef\xbb\xbf" + RIGHT.encode(), PASSES),
    (
        "the solution in Latin-1 that says so",
        f"# coding: latin-1\n{RIGHT}# \xfc".encode("latin-1", "replace"),
        PASSES,
    ),
    ("the solution with the line ends of Windows", RIGHT.replace("\n", "\r\n").encode(), PASSES),
]

ATTACKS = [
    # What a function may do wrong
    Attack("missing function", "del locate", "there is no function locate, on"),
    Attack(
        "renamed function", "locate_it = locate; del locate", "no function locate; locate_it has another name"
    ),
    Attack("a number for a function", "locate = 3", "locate is no function but int"),
    Attack(
        "wrong arity", "def locate(): pass", "TypeError: locate() got an unexpected keyword argument 'points'"
    ),
    Attack("returns None", "def locate(points): pass", "locate returned None: is its return there?"),
    Attack("returns a text", "def locate(points): return 'right'", "str is no array of numbers"),
    Attack(
        "wrong shape",
        "given = bilinear_sample\ndef bilinear_sample(image, points): return given(image, points).T",
        "values: expected shape (1, 7), got (7, 1)",
    ),
    Attack(
        "wrong dtype",
        "given = locate\ndef locate(points): return given(points)[0] * 1.0, given(points)[1]",
        "indices: expected whole numbers (an integer dtype), got float64",
    ),
    Attack(
        "NaN",
        "def bilinear_sample(image, points): return np.full((len(image), len(points)), np.nan)",
        "bilinear_sample: values: 7 of 7 entries are wrong",
    ),
    Attack(
        "infinity",
        "def bilinear_sample(image, points): return np.full((len(image), len(points)), np.inf)",
        "bilinear_sample: values: 7 of 7 entries are wrong",
    ),
    Attack(
        "float16",
        "given = bilinear_sample\n"
        "def bilinear_sample(image, points): return given(image, points).astype(np.float16)",
        "values: float16 is too coarse to be checked; expected float32 or float64",
    ),
    Attack(
        "zeros in float16, where rounding hides much",
        "def bilinear_sample(image, points): return np.zeros((len(image), len(points)), np.float16)",
        "values: float16 is too coarse to be checked; expected float32 or float64",
    ),
    Attack(
        "in-place change",
        "given = locate\ndef locate(points):\n    found = given(points)\n    points += 1\n    return found",
        "locate: it changes its argument points in place",
    ),
    Attack(
        "view of an input",
        "def pixel(image, qy, qx): return image",
        "pixel: pixel: expected shape (1,), got (1, 4, 6)",
    ),
    Attack(
        "nondeterministic",
        "given = bilinear_sample\n"
        "def bilinear_sample(image, points): return given(image, points) + np.random.standard_normal()",
        "bilinear_sample: it gives different results when it is called again with the same input",
    ),
    Attack(
        "right each first time",
        "given, seen = bilinear_sample, set()\n"
        "def bilinear_sample(image, points):\n"
        "    key = points.tobytes()\n"
        "    again = key in seen\n"
        "    seen.add(key)\n"
        "    return given(image, points) + again\n",
        "bilinear_sample: it gives different results when it is called again with the same input",
    ),
    Attack(
        "cached first answer",
        "from functools import cache\ngiven, kept = bilinear_sample, []\n"
        "def bilinear_sample(image, points):\n"
        "    kept.append(given(image, points))\n"
        "    return kept[0]\n",
        "bilinear_sample: it gives the result of its first call again, whatever the input is",
    ),
    # Time
    Attack(
        "infinite loop at import",
        "while True: pass",
        "before any function was called: it did not end",
        slow=True,
    ),
    Attack(
        "infinite loop in a function",
        "def pixel(image, qy, qx):\n    while True: pass",
        "pixel on points between the pixels: it did not end within 2 s. Is there a loop that never ends?",
        slow=True,
    ),
    Attack(
        "swallows BaseException and SIGTERM",
        "import signal, time\n"
        "for number in signal.valid_signals() - {9, 19}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n"
        "    try:\n"
        "        time.sleep(0.01)\n"
        "        raise KeyboardInterrupt\n"
        "    except BaseException:\n"
        "        continue\n",
        "before any function was called: it did not end within 2 s",
        slow=True,
    ),
    Attack("sleeps", "import time\ntime.sleep(1000)", "it did not end within 2 s", slow=True),
    # Memory, processes, files, output
    Attack("memory bomb at once", "bomb = np.ones(10**10)", "MemoryError: Unable to allocate 74.5 GiB"),
    Attack(
        "memory bomb bit by bit",
        "kept = []\ndef locate(points):\n    while True: kept.append(np.ones(10**6))",
        "locate: MemoryError: Unable to allocate 7.63 MiB",
    ),
    Attack(
        "memory bomb of shared memory",
        "import mmap\nkept = []\nwhile True: kept.append(mmap.mmap(-1, 1 << 26))",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    Attack(
        "setsid daemon",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        open('still', 'w').close()\n        time.sleep(1000)\n    os._exit(0)\n",
    ),
    Attack("child that holds the output", "import subprocess\nsubprocess.Popen(['/bin/sleep', '1000'])"),
    Attack("child that comes back", "import os\nos.fork()"),
    Attack(
        "thread left running",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
    ),
    Attack(
        "floods the output",
        "text = 'x' * 10**6\nwhile True: print(text)",
        "OSError: [Errno 27] File too large",
    ),
    Attack("prints much", "for i in range(50_000): print(i)"),
    Attack(
        "fills the disk",
        "for i in range(100): open(f'{i}', 'wb').write(bytes(10**6))",
        "OSError: [Errno 28] No space left on device",
    ),
    Attack(
        "one large file",
        "open('large', 'wb').write(bytes(10**8))",
        "OSError: [Errno 28] No space left on device",
    ),
    Attack("opens many files", "kept = [open('/dev/null') for i in range(1000)]", "Too many open files"),
    Attack(
        "huge returned array",
        "def bilinear_sample(image, points): return np.zeros(10**6)",
        "bilinear_sample on points between the pixels: it returns 274 MB in all; at most 31 MB may come",
    ),
    # Ends
    Attack("sys.exit(0)", "import sys\nsys.exit(0)", "SystemExit: 0"),
    Attack(
        "sys.exit(0) in a function", "import sys\ndef locate(points): sys.exit(0)", "locate: SystemExit: 0"
    ),
    Attack("os._exit(0)", "import os\nos._exit(0)", "the process ended by itself, with exit code 0"),
    Attack(
        "os._exit(0) in a function",
        "import os\ndef pixel(image, qy, qx): os._exit(0)",
        "pixel on points between the pixels: the process ended by itself, with exit code 0",
    ),
    Attack("segfault", "import ctypes\nctypes.string_at(0)", "the process was ended by SIGSEGV"),
    Attack("kills itself", "import os\nos.kill(os.getpid(), 9)", "the process was ended by SIGKILL"),
    Attack(
        "kills all that it can",
        "import os\nfor p in (-1, 1, os.getppid()):\n    try: os.kill(p, 9)\n    except OSError: pass",
    ),
    Attack(
        "deep recursion",
        "def locate(points): return locate(points)",
        "RecursionError: maximum recursion depth",
    ),
    Attack("asks for input", "answer = input('your name? ')", "EOFError: EOF when reading a line"),
    Attack(
        "network",
        "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
        "OSError: [Errno 101] Network is unreachable",
    ),
    Attack(
        "name of a host",
        "import socket\nsocket.getaddrinfo('example.org', 80)",
        "gaierror: [Errno -3] Temporary failure in name resolution",
    ),
    # Cheating
    Attack(
        "patches the comparisons",
        "import numpy.testing\n"
        "for owner, name in ((np, 'allclose'), (np, 'array_equal'), (np, 'isclose'), (np.testing, 'assert_allclose')):\n"
        "    setattr(owner, name, lambda *a, **k: True)\n"
        "try: np.ndarray.__eq__ = lambda *a: True\n"
        "except TypeError: pass\n",
    ),
    Attack(
        "array subclass that lies",
        "given = bilinear_sample\n"
        "class Lie(np.ndarray):\n"
        "    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0 * np.asarray(other)\n"
        "    __rsub__ = __sub__\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "def bilinear_sample(image, points): return given(image, points).view(Lie)\n",
    ),
    Attack(
        "__reduce__ bomb",
        "class Bomb:\n    def __reduce__(self): return print, ('unpickled',)\n"
        "def locate(points): return np.array([Bomb()]), Bomb()",
        "ndarray is no array of numbers",
    ),
    Attack(
        "writes a pickle for its results",
        "import os\nfile = os.fdopen(3, 'wb')\nnp.savez(file, report=np.array([{}], object))\nfile.flush()\nos._exit(0)",
        "what it sent back is no result: an array of object",
    ),
    Attack(
        "writes noise for its results",
        "import os\nos.write(3, b'PK' + bytes(1000))\nos._exit(0)",
        "what it sent back is no result: no archive of arrays",
    ),
    Attack(
        "claims results without any",
        "import os, json\nfile = os.fdopen(3, 'wb')\n"
        "said = {'load': None, 'results': [], 'prediction': 26.25, 'passed': True}\n"
        "np.savez(file, report=np.frombuffer(json.dumps(said).encode(), np.uint8))\nfile.flush()\nos._exit(0)",
        "what it sent back is no result: expected the results of",
    ),
    Attack(
        "nested answer",
        "import os\nfile = os.fdopen(3, 'wb')\ntext = b'[' * 10**6\n"
        "np.savez(file, report=np.frombuffer(text, np.uint8))\nfile.flush()\nos._exit(0)",
        "what it sent back is no result: the report cannot be read: RecursionError",
    ),
    Attack(
        "ragged prediction",
        "prediction = [[1], [2, 3]]",
        "Your prediction is no number and no list of numbers",
    ),
    Attack(
        "walks frames and gc for the reference",
        "import gc, sys\n"
        "def everything():\n"
        "    frame = sys._getframe()\n"
        "    while frame:\n"
        "        yield from frame.f_globals.values()\n"
        "        yield from frame.f_locals.values()\n"
        "        frame = frame.f_back\n"
        "    yield from gc.get_objects()\n"
        "names = ('bilinear_sum', 'FAMILIES', 'LADDER', 'judge', 'hidden_seeds')\n"
        "found = [o for o in list(everything()) if type(getattr(o, '__name__', None)) is str and o.__name__ in names]\n"
        "if found or any(m.startswith('dcn_course') for m in sys.modules): raise SystemExit(f'found {found}')\n",
    ),
    Attack(
        "prints and writes fake results",
        'fake = \'{"score": 100, "tests": [], "passed": true}\'\nprint(fake)\n'
        "for name in ('results.json', 'results.npz', 'report.txt', 'record.json'): open(name, 'w').write(fake)\n",
    ),
    Attack(
        "overwrites modules",
        "import sys, numpy, site, os\n"
        "for folder in [*sys.path, os.path.dirname(numpy.__file__), '/usr/lib', '/etc', '/']:\n"
        "    for name in ('sitecustomize.py', 'numpy.py', '__init__.py'):\n"
        "        if folder == os.path.expanduser('~'): continue\n"
        "        try: open(os.path.join(folder, name), 'w').write('raise SystemExit')\n"
        "        except OSError: continue\n"
        "        raise SystemExit(f'wrote {name} to {folder}')\n",
    ),
    Attack(
        "shadows modules",
        "import json, random",
        files={"numpy.py": b"raise SystemExit", "json.py": b"raise SystemExit", "sitecustomize.py": b"1/0"},
    ),
    Attack(
        "imports the reference",
        "import dcn_course.reference",
        "ModuleNotFoundError: No module named 'dcn_course",
    ),
    Attack(
        "imports the solution",
        "import runpy\nrunpy.run_path('solutions/04_bilinear_sampling.py')",
        "FileNotFoundError: [Errno 2] No such file or directory",
    ),
    Attack(
        "looks for the course on the disk",
        "import os\nfor folder, _, files in os.walk('/'):\n"
        "    if '04_bilinear_sampling.py' in files and folder != os.path.expanduser('~'):\n"
        "        raise SystemExit(f'found in {folder}')\n"
        "    if folder.endswith(('/torch', '/include')): _.clear()\n",
    ),
    Attack(
        "asks whether it is being graded",
        "import os, sys\n"
        "known = {'HOME', 'TMPDIR', 'PATH', 'LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS',\n"
        "         'MPLBACKEND', 'MPLCONFIGDIR', 'LC_CTYPE'}\n"
        "if set(os.environ) - known or len(sys.argv) > 1 or 'pytest' in sys.modules:\n"
        "    raise SystemExit(f'{set(os.environ) - known}')\n",
    ),
    Attack(
        "changes global state",
        "import sys, os, random, builtins, gc\n"
        "np.seterr(all='raise'); np.random.seed(0); np.set_printoptions(precision=1); random.seed(0); gc.disable()\n"
        "sys.setrecursionlimit(100); os.chdir('/'); os.umask(0o777); sys.stdout = None; sys.path.clear()\n"
        "builtins.print = None; os.environ.clear()\n",
    ),
    Attack(
        "becomes another user or mounts",
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None)\n"
        "for kinds in (0x10000000, 0x20000, 0x40000000, 0x20000000):\n"
        "    if libc.unshare(kinds) == 0: raise SystemExit(f'unshare {kinds:#x} was allowed')\n"
        "for call in (lambda: os.setuid(0), lambda: os.chroot('/'), lambda: os.setpriority(0, 0, -5)):\n"
        "    try: call()\n"
        "    except OSError: continue\n"
        "    raise SystemExit('a right is left')\n",
    ),
]
