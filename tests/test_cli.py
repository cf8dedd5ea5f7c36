import os
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_runs
import torch

import dcn_course
from dcn_course import experiments, records, report
from dcn_course.cli import main
from dcn_course.cli.train import EPOCHS
from dcn_course.experiments import Experiment
from dcn_course.training import data as training_data
from dcn_course.training.checkpoint import load_checkpoint
from dcn_course.training.config import Phase
from dcn_course.training.errors import RunBusyError

WIDE = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
WITHOUT_TORCH = """
import sys
for name in ("torch", "torchvision", "sklearn", "matplotlib"):
    sys.modules[name] = None  # importing it now fails as if it were not installed
from dcn_course.cli import main
main(sys.argv[1:])
"""


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=WIDE,
        check=False,
        **options,
    )


@pytest.fixture
def dcn(tmp_path, monkeypatch, capsys):
    """Run ``dcn`` in this process, in an empty folder; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


@pytest.fixture
def tiny(monkeypatch):
    """``dcn train`` sees 40 images of digits."""
    small = tiny_runs.data()
    monkeypatch.setattr("dcn_course.training.loop.load_data", lambda *choices: small)
    monkeypatch.setattr(training_data, "load_data", lambda *choices: small)


# Start


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["train", "--help"], ["reproduce", "--help"], ["tune", "--help"], ["timing", "--help"], []],
)
def test_help_costs_no_torch(arguments):
    program = (
        "import sys\nfrom dcn_course.cli import main\n"
        f"try:\n    main({arguments!r})\n"
        "except SystemExit:\n    print('torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    answer = python("-c", program)
    assert answer.stdout.splitlines()[-1] == "False False", answer.stderr
    assert "Usage: dcn" in answer.stdout


def test_help_names_the_commands_and_says_cost_and_result():
    answer = python("-m", "dcn_course", "--help")
    assert answer.returncode == 0
    for command in ("info", "train", "reproduce", "tune", "timing"):
        assert f" {command} " in answer.stdout
    text = " ".join(python("-m", "dcn_course", "train", "--help").stdout.split())
    assert "half a minute on 2 cores" in text
    for dataset, (joint, offsets) in EPOCHS.items():
        assert f"{joint}+{offsets}" in text, dataset


def test_an_unknown_network_is_a_usage_error(dcn):
    code, _, err = dcn("train", "vgg")
    assert code == 2
    assert "vgg" in err


# Info


def test_info_says_versions_devices_threads_and_places(dcn, tmp_path, monkeypatch):
    monkeypatch.setenv("DCN_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path))
    code, out, _ = dcn("info")
    assert code == 0
    rows = dict(line.split(maxsplit=1) for line in out.splitlines() if not line.startswith("data:"))
    assert rows["dcn-course"].startswith(dcn_course.__version__)
    assert rows["torch"].strip() == torch.__version__
    assert rows["devices"].startswith("cpu")
    assert rows["threads"].strip() == str(torch.get_num_threads())
    assert rows["records"].strip() == str(tmp_path)
    data = [line for line in out.splitlines() if line.startswith("data:")]
    assert len(data) == 3
    assert "scikit-learn wheel" in data[0]
    assert "no such folder" in data[1]


def test_info_works_without_torch_and_says_how_to_get_it():
    answer = python("-c", WITHOUT_TORCH, "info")
    assert answer.returncode == 0, answer.stderr
    assert 'not installed; get it with: pip install "dcn-course[torch]"' in answer.stdout


# Train


def test_train_shows_each_phase_and_where_the_checkpoint_is(dcn, tiny):
    code, out, err = dcn(
        "train", "lenet5-dc", "--epochs", 1, "--offset-epochs", 2, "--seed", 4, "--threads", 1
    )
    assert code == 0
    folder = "runs/lenet5-dc-digits-seed4"
    run = load_checkpoint(Path(folder))
    assert [entry.phase for entry in run.history] == ["joint", "offsets", "offsets"]
    assert (run.config.border, run.config.seed, run.config.dataset) == ("project", 4, "digits")
    assert "lenet5-dc on digits, seed 4" in out
    for row, end in (("1-1", run.history[0]), ("2-3", run.history[2])):
        (line,) = [line for line in out.splitlines() if f" {row} " in line]
        assert f"{100 * end.test_accuracy:.2f} %" in line
        assert f"{end.test_cross_entropy:.4f}" in line
        assert f"{100 * end.train_accuracy:.2f} %" in line
        assert f"{end.train_cross_entropy:.4f}" in line
    assert str(Path(folder, "checkpoint.pt")) in out
    assert "Next:" in out
    assert len(err.splitlines()) == 3


def test_each_option_reaches_the_recipe(dcn, tiny):
    options = (
        "--epochs 1 --offset-epochs 0 --border zeros --batch-size 20 --learning-rate 0.5 --momentum 0.1 "
    )
    options += "--weight-decay 0.01 --threads 1 --device cpu --seed 2 --out here --quiet"
    code, _, err = dcn("train", "lenet5-dc", *options.split())
    assert (code, err) == (0, "")
    assert load_checkpoint(Path("here")).config == tiny_runs.config(
        phases=(Phase("all", 1),),
        border="zeros",
        batch_size=20,
        learning_rate=0.5,
        momentum=0.1,
        weight_decay=0.01,
        threads=1,
        seed=2,
    )


@pytest.mark.parametrize("dataset", EPOCHS)
def test_lenet5_trains_as_many_epochs_as_lenet5_dc_in_all(dcn, monkeypatch, dataset):
    seen = []

    def stop(config, *arguments, **options):
        seen.append(config)
        raise OSError("no space left")

    monkeypatch.setattr("dcn_course.training.loop.train", stop)
    for network in ("lenet5", "lenet5-dc"):
        assert dcn("train", network, "--dataset", dataset)[::2] == (2, "Error: no space left\n")
    assert [phase.epochs for phase in seen[1].phases] == list(EPOCHS[dataset])
    assert [phase.epochs for phase in seen[0].phases] == [sum(EPOCHS[dataset])]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lenet5", "--offset-epochs", "1"], "--offset-epochs needs lenet5-dc"),
        (["lenet5", "--border", "zeros"], "border must be None for lenet5"),
        (["lenet5", "--momentum", "2"], "momentum must be a number at least 0 and below 1, got 2.0"),
        (["lenet5", "--device", "abacus"], "device 'abacus' cannot be used on this machine"),
        (["lenet5", "--device", "meta"], "device 'meta' cannot be used on this machine"),
        (["lenet5", "--seed", f"{2**63}"], "seed must be at most 9223372036854775807"),
        (["lenet5", "--resume"], "holds no run to resume"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_exit_code_2(dcn, tiny, arguments, message):
    code, out, err = dcn("train", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("Error: ")
    assert message in err


def test_a_second_run_in_the_same_folder_needs_resume_and_the_same_recipe(dcn, tiny):
    command = ["train", "lenet5", "--epochs", 1, "--threads", 1, "--out", "run"]
    assert dcn(*command)[0] == 0
    code, _, err = dcn(*command)
    assert code == 2
    assert "run holds a run already" in err
    code, _, err = dcn(*command, "--resume", "--learning-rate", 0.5)
    assert code == 2
    assert "learning_rate was 0.02, now 0.5" in err
    assert dcn(*command, "--resume")[0] == 0


def test_missing_data_are_an_error_without_traceback(dcn, tmp_path, monkeypatch):
    monkeypatch.setenv("DCN_DATA", str(tmp_path / "nowhere"))
    code, _, err = dcn("train", "lenet5", "--dataset", "mnist")
    assert code == 2
    assert "DCN_DATA names no folder" in err
    assert "Traceback" not in err


def test_train_without_torch_says_how_to_get_it(tmp_path):
    answer = python("-c", WITHOUT_TORCH, "train", "lenet5", cwd=tmp_path)
    assert answer.returncode == 2
    assert (
        answer.stderr == 'Error: torch is not installed; install it with: pip install "dcn-course[torch]"\n'
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_ends_tidily_and_the_command_that_it_names_goes_on(tmp_path):
    command = ["-m", "dcn_course", "train", "lenet5", "--epochs", "4", "--threads", "1", "--out", "my run"]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=tmp_path,
        env=WIDE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background makes them, and what they start, deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr.readline().startswith("epoch 1/4 all: loss")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    saved = load_checkpoint(tmp_path / "my run").epoch
    message = err.splitlines()[-1]
    assert message.startswith(f"Interrupted. {saved} of 4 epochs are saved in my run. Go on with: dcn train ")
    again = shlex.split(message.partition("Go on with: dcn ")[2])
    finished = python("-m", "dcn_course", *again, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert len(finished.stderr.splitlines()) == 4 - saved
    assert load_checkpoint(tmp_path / "my run").epoch == 4


def test_ctrl_c_before_the_first_checkpoint_names_a_command_that_starts_the_run(dcn, tiny, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dcn_course.training.loop.build_network", interrupted)
        code, _, err = dcn("train", "lenet5", "--epochs", 1, "--threads", 1, "--out", "run")
    assert code == 130
    again = shlex.split(err.partition("Go on with: dcn ")[2])
    code, _, err = dcn(*again)
    assert code == 0, err
    assert load_checkpoint(Path("run")).epoch == 1


def test_more_threads_than_1024_are_an_error_before_one_is_started(dcn, tiny, monkeypatch):
    def started(number):
        raise AssertionError(f"started {number} threads")

    monkeypatch.setattr("torch.set_num_threads", started)
    code, _, err = dcn("train", "lenet5", "--epochs", 1, "--threads", 100000)
    assert (code, err) == (2, "Error: threads must be at most 1024, got 100000\n")


# Reproduce


@pytest.fixture
def group(monkeypatch, tiny):
    recipe = tiny_runs.config(phases=(Phase("joint", 1), Phase("offsets", 1, "offsets")))
    whole = experiments.GROUPS["mnist-period"]
    one = Experiment("lenet5-dc", "a small one", recipe, (0, 1))
    other = Experiment("cousin", "another", replace(recipe, phases=(*recipe.phases[:1], Phase("more", 1))))
    small = replace(whole, experiments=(one, other))
    monkeypatch.setitem(experiments.GROUPS, "mnist-period", small)
    return small


def rows_of(out, name="lenet5-dc"):
    return [line for line in out.splitlines() if f" {name} " in line]


def test_reproduce_runs_what_is_missing_and_shows_the_reports_table_beside_ours(dcn, group, tmp_path):
    code, out, _ = dcn("reproduce", "mnist", "--seeds", "0,2", "--only", "lenet5-dc", "--quiet")
    assert code == 0
    found = records.load_all(tmp_path / "results")
    assert [record.seed for record in found] == [0, 2]
    mean = sum(50 * record.final.test_accuracy for record in found)
    (line,) = [line for line in out.splitlines() if " 1+1 " in line]
    assert f" {mean:.2f} ± " in line
    (line,) = [line for line in out.splitlines() if " 3+2 " in line]
    assert "98.87" in line
    assert f"The report: {report.SOURCE}" in out
    path = tmp_path / "results" / "mnist-period" / "lenet5-dc-seed0.json"
    before = path.read_bytes()
    assert dcn("reproduce", "mnist", "--seeds", "0", "--only", "lenet5-dc", "--quiet")[0] == 0
    assert path.read_bytes() == before


def test_without_options_every_experiment_runs_with_its_own_seeds(dcn, group, tmp_path):
    code, out, _ = dcn("reproduce", "mnist", "--quiet")
    assert code == 0
    found = [(record.experiment, record.seed) for record in records.load_all(tmp_path / "results")]
    assert found == [("cousin", 0), ("lenet5-dc", 0), ("lenet5-dc", 1)]
    assert "(3 of 3), about" in out  # the first run of the experiment tells how long the second takes


def test_records_made_elsewhere_are_not_made_again(dcn, group, tmp_path):
    assert dcn("reproduce", "mnist", "--seeds", "0", "--out", "theirs", "--quiet")[0] == 0
    (tmp_path / "theirs").rename(tmp_path / "results")
    code, out, _ = dcn("reproduce", "mnist", "--quiet")
    assert code == 0
    assert "(1 of 1)" in out
    assert "seed 1" in out
    assert len(records.load_all(tmp_path / "results")) == 3


def test_what_does_not_fit_into_the_budget_is_not_started(dcn, group, tmp_path, monkeypatch):
    assert dcn("reproduce", "mnist", "--seeds", "0", "--only", "lenet5-dc", "--quiet")[0] == 0
    (made,) = records.load_all(tmp_path / "results")
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path / "shipped"))
    records.write(
        replace(made, group="mnist-period", weights=(), seconds=made.seconds | {"total": 7200.0}),
        tmp_path / "shipped",
    )
    again = ("reproduce", "mnist", "--seeds", "1", "--only", "lenet5-dc", "--quiet", "--out", "other")
    code, out, _ = dcn(*again, "--budget", "1h59m")
    assert code == 0
    assert "lenet5-dc, seed 1: does not fit into the budget" in out
    assert not (tmp_path / "other").exists()
    assert dcn(*again, "--budget", "2h1m")[0] == 0
    assert len(records.load_all(tmp_path / "other")) == 1


def test_a_run_that_another_process_is_at_is_left_to_it(dcn, group, tmp_path, monkeypatch):
    def busy(*arguments, **options):
        raise RunBusyError("another process is training in the folder")

    monkeypatch.setattr("dcn_course.training.loop.train", busy)
    code, out, _ = dcn("reproduce", "mnist", "--quiet")
    assert code == 0
    assert out.count("another process is training") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seeds", "a"), "--seeds must be whole numbers separated by commas, got 'a'"),
        (("--seeds", "1,1"), "seeds must be distinct"),
        (("--seeds", f"{2**63}"), "seeds must be distinct whole numbers from 0 to 9223372036854775807"),
        (("--only", "lenet5-dc,vgg"), "--only must be names among lenet5-dc, cousin; got 'vgg'"),
    ],
)
def test_wrong_options_of_reproduce_are_errors(dcn, group, arguments, message):
    code, _, err = dcn("reproduce", "mnist", *arguments, "--list")
    assert code == 2
    assert message in err


@pytest.mark.parametrize("budget", ["", "1", "5x", "m", "1m2h", "-1m"])
def test_a_budget_is_hours_minutes_and_seconds(dcn, group, budget):
    code, _, err = dcn("reproduce", "mnist", f"--budget={budget}")
    assert code == 2
    assert f"such as 150m, 2h30m or 90s, got {budget!r}" in err


def test_reproduce_needs_a_part_to_run(dcn):
    code, _, err = dcn("reproduce")
    assert code == 2
    assert "PART is missing: mnist or cifar10" in err


def test_the_list_says_what_is_there_and_how_long_a_run_takes_and_runs_nothing(
    dcn, group, tmp_path, monkeypatch
):
    assert dcn("reproduce", "mnist", "--seeds", "0", "--quiet")[0] == 0
    record = records.load(tmp_path / "results" / "mnist-period" / "lenet5-dc-seed0.json")
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path / "shipped"))
    (tmp_path / "shipped").mkdir()
    code, out, _ = dcn("reproduce", "mnist", "--list")
    assert code == 0
    rows = rows_of(out)
    assert f"done, {100 * record.final.test_accuracy:.2f} %" in rows[0]
    assert "missing" in rows[1]
    assert rows[1].count("not measured") == 2
    assert not (tmp_path / "results" / "mnist-period" / "lenet5-dc-seed1.json").exists()


def test_the_list_of_everything_shows_each_part_and_recipe(dcn, group):
    code, out, _ = dcn("reproduce", "--list")
    assert code == 0
    for name in ("mnist-period", "mnist-tuned", "cifar10-period", "cifar10-tuned"):
        assert f"Experiments {name}" in out


@pytest.mark.parametrize(
    ("seconds", "device", "threads", "text"),
    [
        (720.0, "cpu", 2, "12 min, 2 threads │ not measured"),
        (24.04, "cpu", 8, "24 s, 8 threads │ not measured"),
        (89.4, "cpu", 1, "89 s, 1 thread │ not measured"),
        (91.0, "cuda", 2, "not measured │ 2 min, 2 threads"),
    ],
)
def test_the_list_says_how_long_the_shipped_run_took_on_which_device(
    dcn, group, tmp_path, monkeypatch, seconds, device, threads, text
):
    assert dcn("reproduce", "mnist", "--seeds", "0", "--only", "lenet5-dc", "--quiet")[0] == 0
    (made,) = records.load_all(tmp_path / "results")
    shipped = replace(
        made,
        seconds=made.seconds | {"total": seconds},
        starts=(replace(made.starts[0], device=device, threads=threads),),
    )
    records.write(shipped, tmp_path / "shipped")
    monkeypatch.setenv("DCN_RESULTS", str(tmp_path / "shipped"))
    code, out, _ = dcn("reproduce", "mnist", "--list", "--out", "none")
    assert code == 0
    assert text in " ".join(rows_of(out)[0].split())


def test_an_edited_record_stops_reproduce(dcn, group, tmp_path):
    assert dcn("reproduce", "mnist", "--seeds", "0", "--quiet")[0] == 0
    path = tmp_path / "results" / "mnist-period" / "lenet5-dc-seed0.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"digits"', '"mnist"'), encoding="utf-8")
    code, _, err = dcn("reproduce", "mnist")
    assert code == 2
    assert "seed0.json was changed after it was written" in err
    assert len(err.splitlines()) == 1


# Tune


def test_tune_runs_the_grid_and_names_the_setting_that_it_chooses(dcn, tiny, tmp_path, monkeypatch):
    whole = experiments.GROUPS["mnist-tuned-tuning"]
    plain = tuple(experiment for experiment in whole.experiments if experiment.recipe.network == "lenet5")[:2]
    small = tuple(replace(e, recipe=replace(e.recipe, phases=(Phase("all", 1),))) for e in plain)
    monkeypatch.setitem(experiments.GROUPS, whole.name, replace(whole, experiments=small))
    code, out, _ = dcn("tune", "mnist", "--recipe", "tuned", "--quiet")
    assert code == 0
    found = records.load_all(tmp_path / "results" / whole.name)
    assert [record.experiment for record in found] == sorted(e.name for e in small)
    best = min(found, key=lambda record: (-record.final.test_accuracy, record.final.test_cross_entropy))
    name = best.experiment.removeprefix("lenet5-")
    said = f"lenet5: {name}, {100 * best.final.test_accuracy:.2f} % of the validation images"
    assert said in out
    assert "missing" not in dcn("tune", "mnist", "--recipe", "tuned", "--list")[1]
