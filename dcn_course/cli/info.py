"""``dcn info``."""

import importlib.util
from importlib.metadata import PackageNotFoundError, version

from dcn_course import datasets, provenance, records

_SHOWN = ("torchvision", "numba", "scikit-learn", "matplotlib", "anywidget", "jupyterlab")


def info() -> None:
    """Say which versions, devices and threads there are, and where the data and the records lie.

    Costs a few seconds where torch is installed, and works where it is not.
    """
    rows: list[tuple[str, str]] = []
    commit = provenance.commit()
    changed = " and changes" if commit and commit.dirty else ""
    found = provenance.versions()
    rows.append(
        (
            "dcn-course",
            found.pop("dcn-course", "-") + (f" (commit {commit.id[:12]}{changed})" if commit else ""),
        )
    )
    rows.append(("python", found["python"]))
    rows.append(("numpy", found["numpy"]))
    rows.append(("torch", _torch()))
    for name in _SHOWN:
        rows.append((name, _version(name)))
    rows.append(("processor", f"{provenance.cpu_name()}, {provenance.cores()} cores"))
    for name, value in _devices():
        rows.append((name, value))
    for name, places in datasets.where().items():
        present = [place for place in places if place.present]
        if present:
            text = f"{present[0].source}: {present[0].root}"
        else:
            text = "; ".join(f"{place.source}: {place.note}" for place in places)
        rows.append((f"data: {name}", text))
    rows.append(("records", _records()))
    for name, value in rows:
        print(f"{name:<14} {value}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _has_torch() -> bool:
    try:
        return importlib.util.find_spec("torch") is not None
    except ValueError:
        return False


def _torch() -> str:
    if not _has_torch():
        return 'not installed; get it with: pip install "dcn-course[torch]"'
    import torch

    return str(torch.__version__)  # names the build too, for CPU or CUDA


def _devices() -> list[tuple[str, str]]:
    if not _has_torch():
        return []
    import torch

    devices = ["cpu"]
    for index in range(torch.cuda.device_count()):
        devices.append(f"cuda:{index} ({torch.cuda.get_device_name(index)})")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [("devices", ", ".join(devices)), ("threads", str(torch.get_num_threads()))]


def _records() -> str:
    try:
        return str(records.results_folder())
    except FileNotFoundError as error:
        return str(error)
