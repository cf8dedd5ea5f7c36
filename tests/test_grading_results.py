"""What a student's process sends back is read strictly: plain arrays or nothing."""

import json
import struct
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.results import BadResultsError, plain, read
    from dcn_course.grading.sandbox.arrays import packed, unpacked

CALLS = [("f", {"x": np.zeros(2)})]
GOOD = {"parts": [True], "tuple": False, "damaged": [], "error": None}
REPORT = {"load": None, "prediction": 1, "results": [GOOD]}
ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
    np.int8(3),
    np.zeros((0, 2)),
    np.array([True, False]),
    np.arange(4, dtype=">u2"),
    np.arange(3, dtype=np.longdouble) / 3,
    np.arange(12.0).reshape(3, 4)[::-1, ::2],
]


def said(report=None, **arrays):
    return packed(REPORT if report is None else report, arrays)


def claimed(arrays, content=b"", head=None):
    text = json.dumps({"head": REPORT if head is None else head, "arrays": arrays}).encode()
    return struct.pack("<Q", len(text)) + text + content


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.str} {array.shape}")
def test_arrays_of_all_kinds_of_numbers_come_through_as_they_are(array):
    array = np.asarray(array)
    run = read(said(**{"0.0": array}), CALLS, "said")
    (value,) = run.outcomes[0].values
    again = unpacked(packed([1, "two"], {"a": array, "b": array}))
    for other in (value, again[1]["a"], again[1]["b"]):
        assert np.array_equal(other, array)
        assert (other.dtype, other.shape) == (array.dtype, array.shape)
    assert (run.prediction, run.printed, again[0]) == (1.0, "said", [1, "two"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is too short"),
        (struct.pack("<Q", 2**63) + b"{}", "a head of 9223372036854775808 bytes"),
        (struct.pack("<Q", 5 << 20) + bytes(5 << 20), "a head of 5242880 bytes"),
        (struct.pack("<Q", 2) + b"{}", "head cannot be read: KeyError"),
        (struct.pack("<Q", 2) + b"[]", "head cannot be read: TypeError"),
        (struct.pack("<Q", 4) + b"\xff\xfe\xff\xfe", "head cannot be read: UnicodeDecodeError"),
        (struct.pack("<Q", 10**5) + b"[" * 10**5, "head cannot be read: RecursionError"),
        (struct.pack("<Q", 5000) + b"1" * 5000, "head cannot be read: ValueError"),
        (claimed([["0.0", "|O", [1]]], bytes(8)), "an array of |O"),
        (claimed([["0.0", "<U4", [1]]], bytes(16)), "an array of <U4"),
        (claimed([["0.0", "<c16", [1]]], bytes(16)), "an array of <c16"),
        (claimed([["0.0", "(9,9)f8", [1]]]), "an array of (9,9)f8"),
        (claimed([["0.0", "<f8,<f8", [1]]]), "an array of <f8,<f8"),
        (claimed([["0.0", ["<f8"], [1]]]), "a text is none"),
        (claimed([["0.0", "<f8", [10**15]]]), "a shape that there is not"),
        (claimed([["0.0", "<f8", [-1]]]), "a shape that there is not"),
        (claimed([["0.0", "<f8", [True]]], bytes(8)), "a shape that there is not"),
        (claimed([["0.0", "<f8", [1] * 40]], bytes(8)), "a shape that there is not"),
        (claimed([["0.0", "<f8", 1]], bytes(8)), "TypeError"),
        (claimed([["0.0", "<f8", [10**9]]]), "larger than what came"),
        (claimed([["0.0", "<f8", [0, 2**30, 2**30, 2**30]]]), "ValueError"),
        (claimed([["0.0", "<f8", [1]]], bytes(9)), "1 bytes that belong to no array"),
        (claimed([["0.0", "<f8", [1]], ["0.0", "<f8", [1]]], bytes(16)), "two arrays of the name '0.0'"),
        (claimed([["0.0", "<f8"]]), "ValueError"),
        (claimed([[[], "<f8", [1]]], bytes(8)), "TypeError"),
        (said(), "report cannot be read: KeyError"),
        (said({**REPORT, "results": []}), "expected the results of 1 calls"),
        (said({**REPORT, "results": [3]}), "TypeError"),
        (said([]), "AttributeError"),
        (said({"load": {"kind": 3, "text": "", "line": 1}}), "a text is none"),
        (said({"load": {"kind": "", "text": "", "line": "x"}}), "the line of an error is no line"),
        (said({"load": {"kind": "", "text": "", "line": 10**4000}}), "the line of an error is no line"),
        (said({"too_large": "much", "place": 1}), "a place that no call has"),
        (said({**REPORT, "results": [{**GOOD, "parts": None}]}), "neither a result nor an error"),
        (said({**REPORT, "results": [{**GOOD, "parts": [True] * 17}]}), "too many parts"),
        (said({**REPORT, "results": [{**GOOD, "damaged": 3}]}, **{"0.0": np.ones(1)}), "TypeError"),
    ],
)
def test_anything_else_is_refused_with_its_reason(data, reason):
    with pytest.raises(BadResultsError) as refused:
        read(data, CALLS, "")
    assert reason in str(refused.value)


def test_a_prediction_of_any_kind_is_numbers_or_none():
    for given, wanted in (
        (10**400, "?"),
        ([[1], [2, 3]], "?"),
        ("x", "?"),
        (None, None),
        ([0] * 20_000, "?"),
    ):
        run = read(said({**REPORT, "prediction": given}, **{"0.0": np.ones(1)}), CALLS, "")
        assert run.prediction == wanted


def test_noise_in_the_place_of_any_byte_is_refused_or_read_but_never_breaks():
    good = said(**{"0.0": np.arange(3.0)})
    rng = np.random.default_rng(0)
    refused = 0
    for place in range(len(good)):
        for byte in rng.integers(0, 256, 3, np.uint8):
            try:
                read(good[:place] + bytes([byte]) + good[place + 1 :], CALLS, "")
            except BadResultsError:
                refused += 1
    assert refused > len(good)


def test_texts_lose_what_steers_a_terminal_or_breaks_a_file():
    assert plain("a\u202eb\u2028\u00a0\u3000") == "a�b�\u00a0\u3000"
    assert plain("می\u200cرود") == "می\u200cرود"
    assert plain("a\x1b[2Jb\ud800\x00\n\tü") == "a�[2Jb��\n\tü"
