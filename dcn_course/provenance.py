"""Where a result comes from: which code, which libraries, which machine. Imports no torch."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent

# What a change of can change a result.
_LIBRARIES = ("dcn-course", "numpy", "torch", "torchvision", "numba")


@dataclass(frozen=True)
class Commit:
    """The state of the checkout that the package runs from.

    Attributes:
        id: the commit's full hash.
        dirty: whether the package's folder holds changes that are not in that commit.
    """

    id: str
    dirty: bool


@dataclass(frozen=True)
class Start:
    """What a run was started with. A run that was resumed has several.

    Attributes:
        epoch: the number of epochs that were done when this start was made.
        date: UTC, in the form of ISO 8601, to the second.
        commit: None if the package does not run from a git checkout; ``versions`` then says which code.
        versions: of Python, this package and the libraries; those not installed are left out.
        device: what computed, e.g. "cpu" or "cuda".
        processor: the CPU's name, or the GPU's where that computed.
        cores: logical CPU cores that this process may use.
        threads: threads that torch used for one operation.
        system: name and release of the operating system.
        backend: of the deformable operators; None for a network without them.
    """

    epoch: int
    date: str
    commit: Commit | None
    versions: dict[str, str]
    device: str
    processor: str
    cores: int
    threads: int
    system: str
    backend: str | None


def start(
    *,
    epoch: int,
    device: str,
    threads: int,
    backend: str | None = None,
    processor: str | None = None,
    torch: str | None = None,
) -> Start:
    """Describe a run that starts now, on this machine, with this code.

    Args:
        epoch: the number of epochs done before.
        device: what computes.
        threads: torch's number of threads.
        backend: of the deformable operators.
        processor: its name; None asks the operating system for the CPU's.
        torch: torch's version with its build (CPU or CUDA), which the package's metadata may lack.
    """
    return Start(
        epoch=epoch,
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=commit(),
        versions=versions() | ({} if torch is None else {"torch": torch}),
        device=device,
        processor=processor or cpu_name(),
        cores=cores(),
        threads=threads,
        system=system(),
        backend=backend,
    )


def versions(*more: str) -> dict[str, str]:
    """Return the versions of Python and of the libraries that are installed, by name.

    Args:
        more: distributions to name beside those that every result depends on.
    """
    found = {"python": platform.python_version()}
    for name in (*_LIBRARIES, *more):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit(package: Path = PACKAGE) -> Commit | None:
    """Return the commit that ``package`` stands at, or None if git does not track its files.

    A package in an environment that happens to lie inside some other checkout is not tracked by that one.
    """
    if shutil.which("git") is None or _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    identity = _git(package, "rev-parse", "HEAD")
    changes = _git(package, "status", "--porcelain", "--", ".")
    if identity is None or changes is None:  # a checkout without a commit
        return None
    return Commit(identity, dirty=bool(changes))


def cores() -> int:
    """Return the number of logical CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def system() -> str:
    """Return name and release of the operating system."""
    return f"{platform.system()} {platform.release()}"


def cpu_name() -> str:
    """Return the CPU's name as the operating system gives it, or at least its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode == 0:
            return answer.stdout.strip()
    return platform.processor() or platform.machine()


def _git(folder: Path, *arguments: str) -> str | None:
    answer = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() if answer.returncode == 0 else None
