"""What stands out in a program is pointed out to a person; what everybody writes is not."""

import sys

import pytest
from grading_attacks import RIGHT

from dcn_course.checking import layout
from dcn_course.checking.catalogue import exercise, numbers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.exercise import _flags
    from dcn_course.grading.flags import flags
    from dcn_course.grading.program import forbidden_in, is_heavy, text, texts
    from dcn_course.grading.submissions import UnreadableError


def test_what_a_person_should_look_at_is_listed_with_its_line():
    source = (
        "import numpy as np\nimport torchvision.ops as ops\nfrom torch.autograd import grad\n"
        "np.allclose = lambda *a: True\nloss.backward()\nimport os\nos.environ['X']\nimport gc\ngrad(1)\n"
        "getattr(np, 'al' + 'l')\nx.__globals__\ndef __reduce__(self): pass\n"
    )
    assert flags(source) == [
        "line 2: uses torchvision.ops: it has the operators that are to be written",
        "line 3: uses torch.autograd.grad: it finds gradients by itself",
        "line 4: changes numpy.allclose for everyone",
        "line 5: uses backward: it finds gradients by itself",
        "line 7: uses os.environ: it asks the environment",
        "line 8: uses gc: it walks all objects",
        "line 10: uses getattr: it looks things up by texts",
        "line 11: uses __globals__: it looks behind what it is given",
        "line 12: defines __reduce__: it would run code where it is unpickled",
    ]
    assert flags("signal = 1\nhttp = signal + 1\n") == []
    assert flags("def broken(:") == []


@pytest.mark.parametrize("number", numbers())
def test_nothing_stands_out_in_the_solutions_themselves(number):
    assert _flags(number, {"a.py": layout.solved(number)}) == []
    assert _flags(number, {"a.ipynb": layout.solved(number, notebook=True)}) == []


def test_what_is_forbidden_is_found_in_notebooks_and_in_modules_beside_the_exercise():
    book = '{"cells": [{"cell_type": "code", "source": ["import dcn_course.reference\\n"]}]}'
    names = exercise(4).forbidden
    assert forbidden_in(texts({"a.ipynb": book.encode()}), names) == [("dcn_course.reference", 1)]
    files = {"a.py": RIGHT.encode(), "helper.py": b"\nfrom dcn_course import conv2d"}
    assert forbidden_in(texts(files), names) == [("dcn_course.conv2d in helper.py", 2)]
    assert _flags(4, texts(files)) == ["helper.py, line 2: uses dcn_course.conv2d: the course's own code"]


def test_programs_that_load_torch_get_more_time():
    assert is_heavy({"a.py": "def f():\n    from torch import nn"})
    assert is_heavy({"a.py": "", "b.py": "import numba"})
    assert not is_heavy({"a.py": RIGHT})


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "gbk", "shift_jis", "koi8-r"])
def test_a_program_is_read_in_its_encoding(encoding):
    assert text("a.py", f"# coding: {encoding}\nx = 1\r\n".encode(encoding)).endswith("x = 1\n")


def test_a_program_that_nobody_could_read_is_refused():
    with pytest.raises(UnreadableError, match="in the encoding utf-7; expected UTF-8"):
        text("a.py", b"# coding: utf-7\n")
    with pytest.raises(UnreadableError, match="a program of 586 KB; at most 512 KB"):
        text("a.py", b" " * 600_064)
    cell = '{"cells": [{"cell_type": "code", "source": "%s"}]}' % (" " * 600_064)
    with pytest.raises(UnreadableError, match="a program of 586 KB; at most 512 KB"):
        text("a.ipynb", cell.encode())
    for broken in ("", "{", "[" * 10**5):
        assert text("a.ipynb", broken.encode()) == ""
