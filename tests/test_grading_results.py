"""What a student's process sends back is read strictly: plain arrays or nothing."""

import io
import json
import sys
import zipfile

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.results import BadResultsError, plain, read

CALLS = [("f", {"x": np.zeros(2)})]
GOOD = {"parts": [True], "tuple": False, "damaged": [], "error": None}


def archive(report=None, save=np.savez, **arrays):
    whole = {"load": None, "prediction": 1, "results": [GOOD]} if report is None else report
    stream = io.BytesIO()
    save(stream, report=np.frombuffer(json.dumps(whole).encode(), np.uint8), **arrays)
    return stream.getvalue()


def test_arrays_of_all_kinds_of_numbers_come_through_as_they_are():
    for array in (
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.ones((2, 3), "f4")),
        np.int8(3),
        np.zeros((0, 2)),
    ):
        run = read(archive(**{"0.0": array}), CALLS, "said")
        (value,) = run.outcomes[0].values
        assert np.array_equal(value, array)
        assert (value.dtype, run.prediction, run.printed) == (np.asarray(array).dtype, 1.0, "said")


def header(text):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, text)
    return stream.getvalue()


def zipped(content):
    stream = io.BytesIO(archive())
    with zipfile.ZipFile(stream, "a") as file:
        file.writestr("0.0.npy", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "no archive of arrays"),
        (lambda: b"PK\5\6" + bytes(18), "report cannot be read: KeyError"),
        (lambda: archive(**{"0.0": np.zeros(10**6)}, save=np.savez_compressed), "claims more than it holds"),
        (lambda: archive(**{"0.0": np.array([{}], object)}), "an array of object"),
        (lambda: archive(**{"0.0": np.array(["text"])}), "an array of <U4"),
        (lambda: archive(**{"0.0": np.zeros(2, complex)}), "an array of complex128"),
        (lambda: archive(), "report cannot be read: KeyError"),
        (
            lambda: zipped(header({"descr": "<f8", "fortran_order": False, "shape": (10**15,)})),
            "said to have the shape (1000000000000000,), with 0 bytes",
        ),
        (lambda: zipped(b"\x93NUMPY\x09\x00" + bytes(100)), "an array of version (9, 0)"),
        (lambda: archive({"load": None, "prediction": 1, "results": []}), "expected the results of 1 calls"),
        (lambda: archive({"load": None, "prediction": 1, "results": [3]}), "TypeError"),
        (lambda: archive([]), "AttributeError"),
        (lambda: archive({"load": {"kind": 3, "text": "", "line": 1}}), "a text is none"),
        (lambda: archive({"load": {"kind": "", "text": "", "line": "x"}}), "line of an error is no number"),
        (
            lambda: archive({"load": None, "prediction": 1, "results": [{**GOOD, "parts": None}]}),
            "neither a result nor an error",
        ),
        (
            lambda: archive({"load": None, "prediction": 1, "results": [{**GOOD, "parts": [True] * 17}]}),
            "too many parts",
        ),
    ],
)
def test_anything_else_is_refused_with_its_reason(data, reason):
    with pytest.raises(BadResultsError) as refused:
        read(data(), CALLS, "")
    assert reason in str(refused.value)


def test_two_arrays_of_a_name_are_refused():
    stream = io.BytesIO(archive(**{"0.0": np.zeros(1)}))
    with zipfile.ZipFile(stream, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("0.0.npy", b"")
    with pytest.raises(BadResultsError, match=r"two arrays of the name '0\.0'"):
        read(stream.getvalue(), CALLS, "")


def test_texts_lose_what_steers_a_terminal_or_breaks_a_file():
    assert plain("a\x1b[2Jb\ud800\x00\n\tü") == "a�[2Jb��\n\tü"
