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
# Writes to the file of the results itself, and ends before the worker can.
FORGE = (
    "import json, os, struct\n"
    "def forge(head, arrays=(), content=b''):\n"
    "    text = json.dumps({'head': head, 'arrays': arrays}).encode()\n"
    "    os.pwrite(3, struct.pack('<Q', len(text)) + text + content, 0)\n"
    "    os._exit(0)\n"
)


@dataclass(frozen=True)
class Attack:
    """A program.

    Attributes:
        name: what it does.
        code: is put after the solution.
        reason: stands in the headline of the right solution with this code.
        files: handed in beside it.
        slow: it is stopped by the limit of time.
        memory: its limit, in bytes.
    """

    name: str
    code: str
    reason: str = PASSES
    files: dict[str, bytes] = field(default_factory=dict)
    slow: bool = False
    memory: int = 2**29


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
    ("an unknown encoding", b"# -*- coding: klingon -*-\n", "SyntaxError: unknown encoding: klingon"),
    (
        "UTF-7, in which anything can hide",
        b"# coding: utf-7\n",
        "it is in the encoding utf-7; expected UTF-8",
    ),
    ("Punycode, which takes long to read", b"# coding: punycode\n" + b"a" * 400_000, "encoding punycode"),
    ("a long program", b"#" * 600_000, "a program of 585 KB; at most 512 KB may come"),
    ("a deep program", b"-" * 100_000 + b"1\n", "Your file does not run"),
    ("a program of many brackets", b"(" * 100_000, "SyntaxError: too many nested parentheses"),
    (
        "a program of many names",
        f"{RIGHT}\nif False:\n    {';'.join(f'np.a{i}.b' for i in range(8_000))}\n".encode(),
        PASSES,
    ),
    ("a program of long names", f"{RIGHT}\nif False:\n    np{'.a' * 300}\n".encode(), PASSES),
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
        "in-place change behind comparisons of its own",
        "given = locate\nnp.array_equal = lambda *a, **k: True\nnp.array = lambda a, *k: a\n"
        "def locate(points):\n    found = given(points)\n    points += 1\n    return found",
        "locate: it changes its argument points in place",
    ),
    Attack(
        "an object that shares the memory of an array",
        "given = bilinear_sample\nclass Like:\n"
        "    def __init__(self, array): self.kept, self.__array_interface__ = array, array.__array_interface__\n"
        "def bilinear_sample(image, points): return Like(given(image, points))",
    ),
    Attack(
        "an object that says its memory is where none is",
        "class Nowhere:\n"
        "    __array_interface__ = {'shape': (1, 7), 'typestr': '<f8', 'data': (8, True), 'version': 3}\n"
        "def bilinear_sample(image, points): return Nowhere()",
        "the process was ended by SIGSEGV",
    ),
    Attack(
        "an array that is cut out of memory that is not its own",
        "def bilinear_sample(image, points):\n"
        "    return np.lib.stride_tricks.as_strided(image, (len(image), len(points)), (1 << 40, 1 << 40))",
        "the process was ended by SIGSEGV",
    ),
    Attack(
        "numbers of another byte order, and longer ones",
        "given, place = bilinear_sample, locate\n"
        "def bilinear_sample(image, points): return given(image, points).astype(np.longdouble)\n"
        "def locate(points): return place(points)[0].astype('>i2'), place(points)[1].astype('>f8')",
    ),
    Attack(
        "records",
        "def locate(points): return np.zeros(len(points), [('a', float)]), np.zeros(len(points), 'm8[s]')",
        "ndarray is no array of numbers",
    ),
    Attack("complex numbers", "def locate(points): return points + 1j", "ndarray is no array of numbers"),
    Attack("a generator", "def locate(points): yield points", "generator is no array of numbers"),
    Attack(
        "an error that looks like the check's own",
        "def locate(points): raise TimeoutError('mine')",
        "locate: TimeoutError: mine",
    ),
    Attack(
        "an interruption",
        "def locate(points): raise KeyboardInterrupt('mine')",
        "locate: KeyboardInterrupt: mine",
    ),
    Attack(
        "an error without a text",
        "class Silent(Exception):\n    def __str__(self): raise ValueError\ndef locate(points): raise Silent",
        "locate: Silent: its text cannot be read: ValueError",
    ),
    Attack(
        "ends when it is made an array",
        "class Trap:\n    def __array__(self, *a, **k): raise SystemExit('trap')\n"
        "def locate(points): return Trap()",
        "locate: SystemExit: trap",
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
    Attack(
        "stops itself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "did not end within 2 s",
        slow=True,
    ),
    # Memory, processes, files, output
    Attack(
        "many processes that take much memory together",
        "import os, time\nfor i in range(6):\n"
        "    if os.fork() == 0:\n        kept = np.ones(25 * 10**6)\n        time.sleep(1000)\n"
        "time.sleep(1000)\n",
        "its processes take too much memory together",
        memory=2**28,
    ),
    Attack(
        "memory in files without a name",
        "import os\nkept = [os.memfd_create('x') for i in range(10)]",
        "PermissionError: [Errno 1] Operation not permitted",
    ),
    Attack(
        "memory and messages of System V, and what else no limit counts",
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "left = {'shmget': libc.shmget(0, 1 << 20, 0o1600), 'msgget': libc.msgget(0, 0o1600),\n"
        "        'semget': libc.semget(0, 1, 0o1600),\n"
        "        'io_uring': libc.syscall(425, 1, ctypes.create_string_buffer(120))}\n"
        "left = [name for name, got in left.items() if got != -1]\n"
        "if left: raise SystemExit(f'{left} were allowed')\n",
    ),
    Attack(
        "looks into other processes",
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        "if libc.ptrace(16, 1, 0, 0) != -1 or libc.ptrace(0, 0, 0, 0) != -1: raise SystemExit('ptrace')\n"
        "if os.path.exists('/proc/1') or os.path.exists('/proc/self'): raise SystemExit('proc')\n",
    ),
    Attack(
        "has others wait for a file",
        "import fcntl\nfile = open('mine', 'w+')\nfcntl.fcntl(file, fcntl.F_SETFD, 0)\n"
        "for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):\n"
        "    try: fcntl.fcntl(file, fcntl.F_SETLEASE, kind)\n"
        "    except PermissionError as error: assert error.errno == 1\n"
        "    else: raise SystemExit('it has a lease')\n",
    ),
    Attack("memory bomb at once", "bomb = np.ones(10**10)", "MemoryError: Unable to allocate 74.5 GiB"),
    Attack(
        "memory bomb bit by bit",
        "kept = []\ndef locate(points):\n    while True: kept.append(np.ones(10**6))",
        "locate: MemoryError: Unable to allocate 7.63 MiB",
    ),
    Attack(
        "memory bomb of shared memory",
        "import mmap\nkept = []\nwhile True: kept.append(mmap.mmap(-1, 1 << 26))",
        "PermissionError: [Errno 1] Operation not permitted",
    ),
    Attack(
        "memory bomb of mappings",
        "import mmap\nkept = []\nwhile True: kept.append(mmap.mmap(-1, 1 << 26, flags=mmap.MAP_PRIVATE))",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    Attack(
        "memory that stays when all but a page of it is given back",
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\n"
        "libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]\n"
        "for shared in (0x21, 0x23):\n"
        "    if libc.mmap(None, 1 << 20, 3, shared, -1, 0) != 2**64 - 1: raise SystemExit('it was given')\n"
        "try: open('/dev/zero', 'r+b')\n"
        "except FileNotFoundError: pass\n"
        "else: raise SystemExit('there is another way to it')\n",
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
    Attack(
        "alarms, and threads that write into the results after the end",
        "import os, signal, threading\nsignal.setitimer(signal.ITIMER_REAL, 1000)\n"
        "def late():\n    while True: os.pwrite(3, b'', 1 << 24)\n"
        "threading.Thread(target=late, daemon=True).start()\n"
        "if os.fork() == 0:\n    os.setsid()\n    late()\n",
    ),
    Attack(
        "looks for open files that it did not open",
        "import os\ndef there(file):\n    try: os.fstat(file)\n    except OSError: return False\n    return True\n"
        "found = [file for file in range(5, 5000) if there(file)]\n"
        "if found: raise SystemExit(f'open: {found}')\n",
    ),
    Attack(
        "leaves what the next program would find",
        "import os, socket, time\n"
        "folders = ('/', '/tmp', '/dev/shm', '/var/tmp', '/run', '/given', os.path.expanduser('~'))\n"
        "places = [os.path.join(folder, 'left') for folder in folders]\n"
        "if any(map(os.path.exists, places)): raise SystemExit('something is left')\n"
        "for place in places:\n"
        "    try: open(place, 'w').close()\n"
        "    except OSError: pass\n"
        "sign = socket.socket(socket.AF_UNIX)\nsign.bind('\\0left')\n"
        "if os.fork() == 0: time.sleep(1000)\n",
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
    Attack(
        "makes many files",
        "for i in range(3000): open(f'{i}', 'w').close()",
        "OSError: [Errno 28] No space left on device",
    ),
    Attack("opens many files", "kept = [open('/dev/null') for i in range(1000)]", "Too many open files"),
    Attack(
        "huge returned array",
        "def bilinear_sample(image, points): return np.zeros(10**6)",
        "bilinear_sample on points between the pixels: it returns 274 MB in all; at most 28 MB may come",
    ),
    Attack(
        "huge returned array that takes no memory",
        "def bilinear_sample(image, points): return np.broadcast_to(0.0, (10**6, 10**6))",
        "MB may come",
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
    Attack("a signal without a name", "import os\nos.kill(os.getpid(), 40)", "was ended by signal 40"),
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
        "import os, pickle\nos.write(3, pickle.dumps([1]) * 100)\nos._exit(0)",
        "what it sent back is no result: a head of",
    ),
    Attack(
        "writes noise for its results",
        "import os\nos.write(3, bytes(1000))\nos._exit(0)",
        "what it sent back is no result: the head cannot be read: JSONDecodeError",
    ),
    Attack(
        "writes too little for its results",
        "import os\nos.write(3, b'PK')\nos._exit(0)",
        "what it sent back is no result: it is too short",
    ),
    Attack(
        "claims results without any",
        f"{FORGE}\nforge({{'load': None, 'results': [], 'prediction': 26.25, 'passed': True}})",
        "what it sent back is no result: expected the results of",
    ),
    Attack(
        "claims arrays that are not there",
        f"{FORGE}\nforge({{'load': None, 'results': []}}, [['0.0', '<f8', [10**9]]])",
        "what it sent back is no result: arrays that are larger than what came",
    ),
    Attack(
        "claims arrays of objects",
        f"{FORGE}\nforge({{'load': None, 'results': []}}, [['0.0', '|O', [1]]])",
        "what it sent back is no result: an array of |O",
    ),
    Attack(
        "sends a zero for each call that it read from the frames",
        f"{FORGE}\nimport sys\nframe = sys._getframe()\n"
        "while 'job' not in frame.f_locals: frame = frame.f_back\n"
        "asked = frame.f_locals['job'].calls\n"
        "said = {'parts': [True], 'tuple': False, 'damaged': [], 'error': None}\n"
        "forge({'load': None, 'prediction': 26.25, 'results': [said for _ in asked]},\n"
        "      [[f'{i}.0', '|b1', []] for i in range(len(asked))], bytes(len(asked)))",
        "locate must return another number of arrays: expected 2 (indices, weights), got 1",
    ),
    Attack(
        "nested answer",
        f"{FORGE}\nos.pwrite(3, struct.pack('<Q', 10**6) + b'[' * 10**6, 0)\nos._exit(0)",
        "what it sent back is no result: the head cannot be read: RecursionError",
    ),
    Attack("results in front of the results", "import os\nos.write(3, bytes(10**5))"),
    Attack(
        "closes all files", "import os\nos.closerange(0, 60)", "the process ended by itself, with exit code 1"
    ),
    Attack(
        "puts other functions in place of the worker's",
        "import sys\nframe = sys._getframe()\nwhile frame:\n"
        "    for name in ('_same', '_equal', '_copied', '_array', 'perform', 'packed'):\n"
        "        if callable(frame.f_globals.get(name)): frame.f_globals[name] = lambda *a, **k: None\n"
        "    frame = frame.f_back\n",
        "the process ended by itself, with exit code 1",
    ),
    Attack(
        "ragged prediction",
        "prediction = [[1], [2, 3]]",
        "Your prediction is no number and no list of numbers",
    ),
    Attack("a prediction that is too large a number", "prediction = 10**400", "Your prediction is no number"),
    Attack(
        "a prediction that ends all",
        "class Trap:\n    def __array__(self, *a, **k): raise RuntimeError\nprediction = Trap()",
        "Your prediction is no number and no list of numbers",
    ),
    Attack(
        "walks frames and gc for the reference",
        "import gc, sys, types\n"
        "def everything():\n"
        "    frame = sys._getframe()\n"
        "    while frame:\n"
        "        yield from frame.f_globals.values()\n"
        "        yield from frame.f_locals.values()\n"
        "        frame = frame.f_back\n"
        "    yield from gc.get_objects()\n"
        "code = {o.__code__.co_filename for o in list(everything()) if type(o) is types.FunctionType}\n"
        "known = ('/sandbox/', '/checking/child.py', '/dcn_course/__init__.py')\n"
        "found = [c for c in code if 'dcn_course' in c and not any(k in c for k in known)]\n"
        "if found or any(m.startswith('dcn_course') for m in sys.modules): raise SystemExit(f'found {found}')\n"
        "texts = [o for o in list(everything()) if type(o) is str and 'def bilinear' + '_sum' in o]\n"
        "if texts: raise SystemExit('found the source')\n",
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
        "    if folder.endswith(('/torch', '/include', '/nvidia', '/share', '/triton', '/test')): _.clear()\n",
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
