"""Submissions as they are downloaded: every layout, and what must not be read."""

import io
import os
import sys
import zipfile

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
    assert find(tmp_path)[0].exercises() == {1: "01_im2col (2).py"}


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


def test_an_empty_folder_is_a_submission_too(tmp_path):
    put(tmp_path, f"alice/{A}", "bob/essay.pdf")
    (tmp_path / "carl").mkdir()
    assert told(tmp_path) == {"alice": [1], "bob": [], "carl": []}


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
