import errno
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dcn_course import provenance, records, report, tables
from dcn_course._files import sha256_of, sha256_of_json, write_atomically, write_once
from dcn_course.provenance import Commit, Start
from dcn_course.records import Epoch, LayerOffsets, Record, RecordDamagedError, Weights


def epoch(number, phase, accuracy, cross_entropy=0.05):
    offsets = (LayerOffsets("conv1.deform_conv", 0.5, 0.4, 1.5, 3.0, 0.1, -0.1, 0.02, 0.01, 0.03),)
    return Epoch(number, phase, 0.1, 0.99, 0.03, accuracy, cross_entropy, 10.0, 2.0, 18.0, offsets)


def phases_of(names):
    """The phases of a recipe whose epochs have these names; a phase trains what it is called after."""
    return [
        {"name": name, "epochs": names.count(name), "trains": "offsets" if name == "offsets" else "all"}
        for name in dict.fromkeys(names)
    ]


def record(
    seed=0,
    experiment="lenet5-dc",
    accuracies=(0.97, 0.98, 0.985),
    phases=("joint", "joint", "offsets"),
    **changes,
):
    start = Start(
        0,
        "2026-01-02T03:04:05Z",
        Commit("a" * 40, False),
        {"python": "3.12"},
        "cpu",
        "Prozessör",
        2,
        2,
        "Linux",
        "numba",
    )
    fields = {
        "group": "mnist",
        "experiment": experiment,
        "seed": seed,
        "config": {"network": experiment, "seed": seed, "learning_rate": 0.02, "phases": phases_of(phases)},
        "parameters": 70556,
        "data": {"train_images": 3, "test_images": 2, "sha256": "b" * 64},
        "epochs": tuple(
            epoch(number, *pair) for number, pair in enumerate(zip(phases, accuracies, strict=True), 1)
        ),
        "weights": (),
        "predictions": "71",
        "confusion": ((1, 0), (0, 1)),
        "starts": (start, replace(start, epoch=1, commit=None)),
        "seconds": {"total": 36.0, "train": 30.0, "evaluation": 6.0, "train_cpu": 54.0},
        "date": "2026-01-02T03:05:00Z",
    }
    return Record(**fields | changes)


# Writing and reading


def test_a_record_comes_back_from_its_file_as_it_was(tmp_path):
    path = records.write(record(), tmp_path / "mnist")
    assert path == tmp_path / "mnist" / "lenet5-dc-seed0.json"
    assert records.load(path) == record()
    assert records.load(path).final.test_accuracy == 0.985


def test_a_record_is_never_overwritten(tmp_path):
    path = records.write(record(), tmp_path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="holds a record already"):
        records.write(record(accuracies=(1.0, 1.0, 1.0)), tmp_path)
    assert path.read_bytes() == before


def test_a_record_that_another_process_writes_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    path = tmp_path / record().file_name
    content = records._content

    def overtaken(mine):
        path.write_bytes(b"the other's")
        return content(mine)

    monkeypatch.setattr(records, "_content", overtaken)
    with pytest.raises(FileExistsError, match="holds a record already"):
        records.write(record(), tmp_path)
    assert [(each, each.read_bytes()) for each in tmp_path.iterdir()] == [(path, b"the other's")]


def test_a_folder_that_is_a_file_is_not_taken_for_a_record(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as caught:
        records.write(record(), tmp_path / "file")
    assert "holds a record" not in str(caught.value)


def test_a_number_that_json_cannot_hold_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.write(record(accuracies=(0.9, 0.9, float("nan"))), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"test_accuracy": 0.985', '"test_accuracy": 0.995'),
        ('"seed": 0,\n "config"', '"seed": 1,\n "config"'),
        ("Prozessör", "Processor"),
        ('"dirty": false', '"dirty": true'),
        ('"parameters"', '"parameter_count"'),
    ],
)
def test_an_edit_by_hand_is_noticed(tmp_path, old, new):
    path = records.write(record(), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RecordDamagedError, match=r"seed0\.json was changed after it was written"):
        records.load(path)


def test_another_layout_of_the_same_content_is_no_edit(tmp_path):
    path = records.write(record(), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=4, sort_keys=True))
    assert records.load(path) == record()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"text"', b"{}", b"\xff\xfe"])
def test_a_file_that_is_no_record_is_an_error(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_bytes(text)
    with pytest.raises(RecordDamagedError, match=r"x\.json is not a record"):
        records.load(path)


def sealed(path, content):
    path.write_text(json.dumps(content | {"sha256": sha256_of_json(content)}))


def test_a_record_of_another_format_or_with_other_fields_is_an_error(tmp_path):
    content = records._content(record())
    path = tmp_path / "x.json"
    sealed(path, content | {"format": 99})
    with pytest.raises(RecordDamagedError, match="record format 99; this version reads format 2"):
        records.load(path)
    sealed(path, content | {"mood": "good"})
    with pytest.raises(RecordDamagedError, match=r"unknown one.*mood"):
        records.load(path)
    del content["epochs"]
    sealed(path, content)
    with pytest.raises(RecordDamagedError, match=r"lacks a field.*epochs"):
        records.load(path)


def test_all_records_of_a_folder_come_sorted(tmp_path):
    for each in (record(10), record(2), record(0, "lenet5"), record(0, group="cifar10")):
        records.write(each, tmp_path / each.group)
    found = [(each.group, each.experiment, each.seed) for each in records.load_all(tmp_path)]
    mnist = [("mnist", "lenet5", 0), ("mnist", "lenet5-dc", 2), ("mnist", "lenet5-dc", 10)]
    assert found == [("cifar10", "lenet5-dc", 0), *mnist]
    assert [(each.group, each.experiment, each.seed) for each in records.load_all(tmp_path, "mnist")] == mnist
    with pytest.raises(FileNotFoundError, match="no folder of records at"):
        records.load_all(tmp_path / "nowhere")


def test_the_weights_of_a_record_are_checked(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"weights")
    entry = Weights("offsets", 3, "a.pt", sha256_of(tmp_path / "a.pt"))
    holder = record(weights=(entry,))
    assert records.weights_file(holder, tmp_path) == tmp_path / "a.pt"
    with pytest.raises(ValueError, match="phase must be one of offsets, got 'joint'"):
        records.weights_file(holder, tmp_path, "joint")
    (tmp_path / "a.pt").write_bytes(b"Weights")
    with pytest.raises(RecordDamagedError, match="is not the file that the run wrote"):
        records.weights_file(holder, tmp_path)
    (tmp_path / "a.pt").unlink()
    with pytest.raises(FileNotFoundError):
        records.weights_file(holder, tmp_path)


def test_records_need_neither_torch_nor_numpy():
    program = (
        "import sys, dcn_course.records, dcn_course.tables; print({'torch', 'numpy'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


# Where the shipped records are


def test_the_variable_names_the_folder_of_the_records(tmp_path, monkeypatch):
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path))
    assert records.results_folder() == tmp_path
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=r"DCN_RESULTS=.*nowhere is not a folder"):
        records.results_folder()


def test_the_checkouts_records_come_before_those_in_the_package(tmp_path, monkeypatch):
    monkeypatch.delenv("DCN_RESULTS", raising=False)
    package = tmp_path / "dcn_course"
    monkeypatch.setattr(records, "PACKAGE", package)
    with pytest.raises(FileNotFoundError, match="set DCN_RESULTS to their folder"):
        records.results_folder()
    (tmp_path / "results").mkdir()  # beside a package that is no checkout: somebody else's
    (package / "_results").mkdir(parents=True)
    assert records.results_folder() == package / "_results"
    (tmp_path / "pyproject.toml").touch()
    assert records.results_folder() == tmp_path / "results"


def test_the_shipped_records_and_their_weights_are_intact():
    folder = records.results_folder()
    for path in folder.rglob("*.json"):
        shipped = records.load(path)
        assert path.relative_to(folder) == Path(shipped.group) / shipped.file_name
        for entry in shipped.weights:
            records.weights_file(shipped, path.parent, entry.phase)


# Atomic files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"old")]


def test_the_old_file_stays_readable_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "new" / "file"
    write_atomically(path, lambda file: file.write(b"old"))
    seen = []

    def write(file):
        file.write(b"new")
        seen.append(path.read_bytes())

    write_atomically(path, write)
    assert (seen, path.read_bytes()) == ([b"old"], b"new")


def no_links(source, target):
    raise PermissionError(errno.EPERM, "Operation not permitted")  # as exFAT answers on Linux


@pytest.mark.parametrize("links", [True, False])
def test_what_is_written_once_is_never_replaced_with_and_without_hard_links(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr("os.link", no_links)
    path = tmp_path / "new" / "file"
    write_once(path, lambda file: file.write(b"first"))
    assert path.read_bytes() == b"first"
    with pytest.raises(FileExistsError):
        write_once(path, lambda file: file.write(b"second"))
    assert [(each, each.read_bytes()) for each in path.parent.iterdir()] == [(path, b"first")]


# Where a result comes from


def git(folder, *arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_that_of_the_package_and_knows_of_changes(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("a = 1")
    assert provenance.commit(package) is None
    git(tmp_path, "init")
    (tmp_path / "other.txt").touch()
    git(tmp_path, "add", "other.txt")
    git(tmp_path, "commit", "-m", "m")
    assert provenance.commit(package) is None  # inside a checkout, but not of it
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "m")
    clean = provenance.commit(package)
    assert len(clean.id) == 40
    assert not clean.dirty
    (tmp_path / "notes.txt").touch()  # no code
    assert provenance.commit(package) == clean
    (package / "new.py").touch()
    assert provenance.commit(package) == Commit(clean.id, dirty=True)


def test_without_git_the_versions_say_which_code_it_was(monkeypatch):
    monkeypatch.setenv("PATH", "")
    start = provenance.start(epoch=2, device="cpu", threads=3)
    assert start.commit is None
    assert {"python", "dcn-course", "numpy", "torch"} <= set(start.versions)
    assert (start.epoch, start.device, start.threads) == (2, "cpu", 3)
    assert start.processor
    assert start.cores >= 1


# Tables


def test_the_end_of_each_phase_is_a_row_over_the_seeds():
    runs = [
        record(0),
        record(1, accuracies=(0.9, 0.99, 0.995)),
        record(0, "lenet5", (0.9, 0.95, 0.96), ("all",) * 3),
    ]
    rows = tables.to_rows(runs)
    assert [(row.network, row.epochs, row.seeds) for row in rows] == [
        ("lenet5-dc", "2", (0, 1)),
        ("lenet5-dc", "2+1", (0, 1)),
        ("lenet5", "3", (0,)),
    ]
    assert rows[0].test_accuracy.mean == pytest.approx(98.5)
    assert rows[0].test_accuracy.deviation == pytest.approx(0.5**0.5)  # sample deviation of 98 and 99
    assert rows[1].test_accuracy.mean == pytest.approx(99.0)
    assert rows[2].test_accuracy == tables.Figure(96.0, None)
    assert rows[2].train_accuracy.mean == pytest.approx(99.0)
    assert (rows[2].test_cross_entropy.mean, rows[2].train_cross_entropy.mean) == (0.05, 0.03)


def test_runs_that_cannot_be_compared_are_an_error():
    with pytest.raises(ValueError, match="records holds mnist/lenet5-dc with seed 0 twice"):
        tables.to_rows([record(0), record(0)])
    other = record(1)
    with pytest.raises(ValueError, match="mnist/lenet5-dc with seeds 0 and 1 had different recipes"):
        tables.to_rows([record(0), replace(other, config=other.config | {"learning_rate": 0.1})])


def test_the_reports_table_stands_beside_ours():
    ours = tables.to_rows(
        [
            record(0, accuracies=(0.1, 0.2, 0.98, 0.3, 0.987), phases=("joint",) * 3 + ("offsets",) * 2),
            record(1, accuracies=(0.1, 0.2, 0.99, 0.3, 0.987), phases=("joint",) * 3 + ("offsets",) * 2),
            record(0, "lenet5", (0.9, 0.95), ("all",) * 2),
            record(0, "lenet5-dc-joint", (0.9, 0.95, 0.96), ("joint", "joint", "joint-on")),
        ]
    )
    table = tables.beside_report(ours, report.MNIST)
    assert table == [
        ("lenet5-dc", "3+2", "98.87", "0.034", "98.70 ± 0.00", "0.0500 ± 0.0000", "0.0300 ± 0.0000", "2"),
        ("lenet5-dc", "3", "98.35", "0.057", "98.50 ± 0.71", "0.0500 ± 0.0000", "0.0300 ± 0.0000", "2"),
        ("lenet5", "5", "98.49", "0.035", "-", "-", "-", "0"),
        ("lenet5", "2", "-", "-", "95.00", "0.0500", "0.0300", "1"),
        ("lenet5-dc-joint", "3", "-", "-", "96.00", "0.0500", "0.0300", "1"),
    ]
    lines = tables.to_markdown(tables.HEADER, table).splitlines()
    assert lines[0].startswith("| experiment | epochs | report: accuracy % |")
    assert lines[1] == "| --- | --- | --: | --: | --: | --: | --: | --: |"
    assert lines[4] == "| lenet5 | 5 | 98.49 | 0.035 | - | - | - | 0 |"
    assert tables.to_markdown(("a", "b"), [("c", "1")], left=1).splitlines()[1] == "| --- | --: |"
    with pytest.raises(ValueError, match="two groups with the same experiment and epochs"):
        tables.beside_report([*ours, ours[0]], report.MNIST)
