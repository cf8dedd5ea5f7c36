"""Submissions as they are downloaded: every layout, and what must not be read."""

import contextlib
import io
import os
import sys
import warnings
import zipfile

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
if sys.platform == "linux":
    from dcn_course.grading.student import folder_of
    from dcn_course.grading.submissions import LARGEST, NoSubmissionsError, UnreadableError, find

A, B = "01_im2col.py", "04_bilinear_sampling.ipynb"


def put(top, *names, content=b"x = 1"):
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(*members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def told(place):
    return {submission.student: sorted(submission.exercises()) for submission in find(place)}


@pytest.mark.parametrize(
    ("names", "students"),
    [
        ([f"alice/{A}", f"alice/{B}", f"bob/{A}"], {"alice": [1, 4], "bob": [1]}),
        ([f"alice_{A}", f"alice_{B}", f"bob-{A}"], {"alice": [1, 4], "bob": [1]}),
        (
            [f"Jane Doe_123_assignsubmission_file_/{A}", f"Jane Doe_124_assignsubmission_file/{B}"],
            {"Jane Doe (123)": [1], "Jane Doe (124)": [4]},
        ),
        ([f"Jane Doe_123_assignsubmission_file_{A}"], {"Jane Doe (123)": [1]}),
        (
            ["doejane_LATE_1234_5678_01_im2col-2.py", f"doejane_1234_5679_{B}", f"roe_99_4_{A}"],
            {"doejane (1234)": [1, 4], "roe_99_4": [1]},
        ),
        ([f"assignment_77_export/submission_5/{A}"], {"submission_5": [1]}),
        ([f"submitted/alice/hw1/{A}", f"submitted/bob/hw1/{B}"], {"alice": [1], "bob": [4]}),
        ([f"محمد/{A}", f"山田 太郎/{B}", f"Ærøskøbing O'Neil/{A}"], None),
    ],
)
@pytest.mark.parametrize("as_zip", [False, True])
def test_the_usual_layouts_are_recognised(tmp_path, names, students, as_zip):
    if as_zip:
        place = tmp_path / "all.zip"
        place.write_bytes(zipped(*((name, b"") for name in names)))
    else:
        place = tmp_path / "submissions"
        put(place, *names)
    wanted = {n.split("/")[0]: [4 if B in n else 1] for n in names} if students is None else students
    assert told(place) == wanted


def test_gradescope_says_who_handed_in(tmp_path):
    put(tmp_path, f"assignment_7_export/submission_5/{A}")
    text = (
        b"submission_5:\n  :submitters:\n  - :name: Ada L\n    :email: ada@example.org\n  :created_at: now\n"
    )
    put(tmp_path, "assignment_7_export/submission_metadata.yml", content=text)
    assert told(tmp_path) == {"Ada L ada@example.org (5)": [1]}


def test_the_last_of_several_uploads_counts(tmp_path):
    put(tmp_path, "alice/01_im2col.py", "alice/01_im2col (2).py", "alice/01_im2col-1.py")
    (alice,) = find(tmp_path)
    assert alice.exercises() == {1: "01_im2col (2).py"}
    assert alice.problems == tuple(
        f"{name} is not graded: 01_im2col (2).py is" for name in ("01_im2col-1.py", "01_im2col.py")
    )


def test_a_zip_of_a_student_is_read_without_unpacking_it(tmp_path):
    put(
        tmp_path,
        "alice.zip",
        content=zipped(("hw/" + A, b"inside"), ("hw/helper.py", b"h"), ("__MACOSX/x", b"")),
    )
    (found,) = find(tmp_path)
    assert (found.student, found.exercises()) == ("alice", {1: f"hw/{A}"})
    assert found.files[f"hw/{A}"].read() == b"inside"
    assert found.beside(f"hw/{A}") == {"helper.py": b"h"}
    assert [path.name for path in tmp_path.iterdir()] == ["alice.zip"]


def test_links_and_devices_are_refused_and_cost_no_other_file(tmp_path):
    put(tmp_path, f"alice/{B}", f"bob/{A}")
    (tmp_path / "alice" / A).symlink_to("/etc/passwd")
    (tmp_path / "alice" / "folder").symlink_to("/")
    (tmp_path / "eve").symlink_to(tmp_path / "bob")
    os.mkfifo(tmp_path / "bob" / B)
    alice, bob, eve = find(tmp_path)
    assert alice.exercises() == {4: B}
    assert alice.problems == (
        f"alice/{A}: it is a link; links are not followed",
        "alice/folder: it is a link; links are not followed",
    )
    assert bob.problems == (f"bob/{B}: it is no ordinary file",)
    assert (eve.exercises(), eve.problems) == ({}, ("eve: it is a link; links are not followed",))


def test_a_zip_that_leads_out_or_links_or_bombs_is_refused(tmp_path):
    link = zipfile.ZipInfo(f"links/{A}")
    link.external_attr = 0o120777 << 16
    bomb = zipped((A, bytes(LARGEST + 1)))
    place = tmp_path / "all.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"../../out/{A}", b"")
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb/hw.zip", bomb)
        archive.writestr("many/hw.zip", zipped(*((f"{i}.py", b"") for i in range(2001))))
        archive.writestr("broken/hw.zip", b"PK no zip")
        archive.writestr(f"good/{A}", b"")
    assert len(bomb) < 20_000
    found = {submission.student: submission for submission in find(place)}
    assert found["good"].exercises() == {1: A}
    problems = {name: " ".join(submission.problems) for name, submission in found.items()}
    assert "its name leads out of the folder" in problems["out"]
    assert "it is a link" in problems["links"]
    assert "unpacked it has 10 MB, too many" in problems["bomb"]
    assert "it holds 2001 files; at most 2000 may come" in problems["many"]
    assert "no zip file that can be read" in problems["broken"]
    assert not (tmp_path.parent / "out").exists()


def test_a_zip_that_leads_to_the_root_or_is_encrypted_or_packed_otherwise_is_refused(tmp_path):
    many = zipped(
        (f"/etc/{A}", b""), (f"C:\\{A}", b""), (B.upper(), b"first"), (B, b"second"), ("locked.py", b"")
    )
    central = many.index(b"locked.py", many.index(b"PK\1\2"))
    many = many[: central - 46 + 8] + b"\1" + many[central - 46 + 9 :]
    put(tmp_path, "ada.zip", content=many)
    (ada,) = find(tmp_path)
    assert ada.problems == (
        f"ada.zip//etc/{A}: its name leads out of the folder",
        f"ada.zip/C:/{A}: its name leads out of the folder",
        "ada.zip/locked.py: it is encrypted",
        f"{B.upper()} is not graded: {B} is",
    )
    assert ada.files[ada.exercises()[4]].read() == b"second"


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_would_be_unpacked_without_a_limit_is_not(tmp_path, way):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two files of one name
        archive.writestr(A, bytes(10**6), way)
        archive.writestr(B, b"harmless")
        archive.writestr(B, bytes(10**6), way)
    put(tmp_path, "eve.zip", content=stream.getvalue())
    put(tmp_path, f"bob/{A}")
    bob, eve = find(tmp_path)
    assert eve.problems[0] == (
        f"eve.zip/{A}: it is packed in an unusual way; expected an ordinary zip file (deflate)"
    )
    with pytest.raises(UnreadableError, match="packed in an unusual way"):
        eve.files[B].read()
    assert bob.files[A].read() == b"x = 1"


def test_a_file_that_is_larger_than_it_says_is_not_read_whole(tmp_path):
    put(tmp_path, f"alice/{A}", content=bytes(LARGEST + 1))
    with pytest.raises(UnreadableError, match="it has more than 10 MB"):
        find(tmp_path)[0].files[A].read()


def test_two_submissions_of_one_name_are_kept_apart_and_noticed(tmp_path):
    put(tmp_path, f"alice/{A}", f"Alice/{B}")
    put(tmp_path, "alice.zip", content=zipped((A, b"")))
    found = find(tmp_path)
    assert len({submission.student for submission in found}) == 3
    assert sum("look at both" in " ".join(submission.problems) for submission in found) == 2


def test_no_two_submissions_ever_have_the_same_name(tmp_path):
    put(tmp_path, f"alice/{A}", f"alice [2]/{A}", f"Alice/{A}", f"alice_{A}", f"alice-{A}")
    put(tmp_path, f"Jos\u00e9/{A}", f"Jose\u0301/{A}", f"a\nb/{A}", f"a b/{A}")
    names = [submission.student for submission in find(tmp_path)]
    assert len({name.casefold() for name in names}) == len(names) == 8
    assert {"alice", "alice [2]", "Jos\u00e9", "Jos\u00e9 [2]", "a b", "a b [2]"} <= {
        n.lower().replace("j", "J") for n in names
    }


def test_who_is_who_does_not_depend_on_the_order_of_a_zip(tmp_path):
    members = [
        (f"{name}/{A}", name.encode()) for name in ("alice", "Alice", "ALICE", "Jos\u00e9", "Jose\u0301")
    ]
    found = []
    for listed in (members, members[::-1]):
        (tmp_path / "all.zip").write_bytes(zipped(*listed))
        found.append({one.student: one.files[A].read() for one in find(tmp_path / "all.zip")})
    assert found[0] == found[1]


def test_nobody_hands_in_for_another_by_the_name_of_a_file(tmp_path):
    put(tmp_path, f"Eve_1_assignsubmission_file_Ada_2_assignsubmission_file_{A}")
    put(tmp_path, f"Ada_2_assignsubmission_file_{B}", f"eve_1234_5678_ada_2345_6789_{A}")
    assert told(tmp_path) == {"Eve (1)": [1], "Ada (2)": [4], "eve (1234)": [1]}


def test_a_module_that_no_folder_can_hold_or_no_report_can_show_is_left_out(tmp_path):
    names = ("helper.py", "a\1b.py", "x" * 253 + ".py", "\u5c71" * 85 + ".py")
    put(tmp_path, "eve.zip", content=zipped((A, b""), *((name, b"") for name in names)))
    assert sorted(find(tmp_path)[0].beside(A)) == ["helper.py"]


def test_a_name_that_is_longer_than_any_file_has_is_not_searched_for_an_exercise(tmp_path):
    put(tmp_path, "eve.zip", content=zipped((f"{'-' * 50_000}{A}", b""), (f"x_{B}", b"")))
    assert find(tmp_path)[0].exercises() == {4: f"x_{B}"}


def test_a_folder_that_cannot_be_read_is_no_empty_one(tmp_path, monkeypatch):
    put(tmp_path, f"alice/{A}", f"bob/{A}")
    scandir = os.scandir

    def closed(path):
        if str(path).endswith("alice"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    alice, bob = find(tmp_path)
    assert alice.problems == ("alice/*: the folder cannot be read (PermissionError)",)
    assert bob.exercises() == {1: A}


def test_an_empty_folder_is_a_submission_too(tmp_path):
    put(tmp_path, f"alice/{A}", "bob/essay.pdf")
    (tmp_path / "carl").mkdir()
    assert told(tmp_path) == {"alice": [1], "bob": [], "carl": []}
    whole = tmp_path / "all.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name in ("../", "/", "__MACOSX/", "alice/", "carl/", "carl/inner/"):
            archive.writestr(name, b"")
        archive.writestr(f"alice/{A}", b"")
        archive.writestr("bob/essay.pdf", b"")
    assert told(whole) == {"alice": [1], "bob": [], "carl": []}


def test_where_nothing_is_handed_in_it_says_so(tmp_path):
    with pytest.raises(NoSubmissionsError, match="holds no submissions"):
        find(tmp_path)
    put(tmp_path, "a.txt")
    with pytest.raises(NoSubmissionsError, match="neither a folder nor a zip"):
        find(tmp_path / "a.txt")
    with pytest.raises(FileNotFoundError):
        find(tmp_path / "nowhere")


def test_folder_names_are_harmless_and_never_shared():
    names = ["../../etc", "a/b", "a b", "a_b", "ALICE", "alice", "", "x" * 300, "=cmd()", "山田", "."]
    folders = [folder_of(name) for name in names]
    assert len({folder.lower() for folder in folders}) == len(names)
    assert all("/" not in folder and not folder.startswith(".") and len(folder) < 60 for folder in folders)


def test_a_zip_with_a_long_list_is_refused_before_the_list_is_read(tmp_path):
    put(tmp_path, "eve.zip", content=zipped((A, b"")) + b"PK\1\2" * 5000)
    put(tmp_path, f"bob/{A}")
    bob, eve = find(tmp_path)
    assert eve.problems == ("eve.zip: it holds 5001 files; at most 2000 may come",)
    assert bob.exercises() == {1: A}


def test_many_programs_beside_the_exercises_are_left_out(tmp_path):
    members = [(f"m{i:03}.py", b"") for i in range(300)] + [(A, b"inside")]
    put(tmp_path, "eve.zip", content=zipped(*members))
    (eve,) = find(tmp_path)
    assert eve.problems == ("more than 200 programs beside the exercises: the rest is left out",)
    assert len(eve.files) == 201
    assert eve.files[eve.exercises()[1]].read() == b"inside"


def test_a_zip_in_a_zip_that_changes_is_read_anew(tmp_path):
    place = tmp_path / "all.zip"
    for content in (b"one", b"another one"):
        place.write_bytes(zipped(("ada/hw.zip", zipped((A, content)))))
        assert find(place)[0].files[A].read() == content


def test_damage_in_one_zip_costs_no_other_student(tmp_path):
    rng = np.random.default_rng(0)
    good = zipped((A, b"x = 1"), ("helper.py", b"y = 2"))
    put(tmp_path, f"bob/{A}")
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] = rng.integers(256)
        put(tmp_path, "eve.zip", content=bytes(damaged))
        found = {submission.student: submission for submission in find(tmp_path)}
        assert found["bob"].exercises() == {1: A}
        for file in found["eve"].files.values() if "eve" in found else ():
            with contextlib.suppress(UnreadableError):
                assert isinstance(file.read(), bytes)
