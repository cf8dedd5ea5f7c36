"""A root folder for the student's process: the system's programs and this Python to read, no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path

from .system import (
    BIND,
    NEW_IPC,
    NEW_MOUNTS,
    NEW_NAMES,
    NEW_NETWORK,
    NEW_USER,
    NO_DEVICES,
    NO_SETUID,
    PRIVATE,
    READ_ONLY,
    RECURSIVE,
    REMOUNT,
    detach,
    mount,
    pivot_root,
    unshare,
)

HOME = "/home/student"
GIVEN = "/given"  # what the student may read and not change
_INSIDE = "/inside"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache")
_SYSTEM_LINKS = ("/etc/alternatives",)  # to the system's BLAS, where NumPy is the system's
_DEVICES = ("null", "urandom", "random")  # a shared mapping of zero takes memory that no limit counts
_FACTS = "proc/cpuinfo"  # torch looks there for what the processor can do
_KEPT_FLAGS = 0b1111 | 1024 | 2048  # a read-only bind must keep what its mount already forbids


def leave_the_system(hidden: Collection[Path]) -> None:
    """Move this process into namespaces of its own, with a new root and no network.

    Root does it with its own rights, anyone else in a user namespace. Processes made later live there too.
    The process ends up in a chroot, in which Linux lets nobody make further user namespaces.

    Args:
        hidden: folders that must not be seen, though they may lie in one that is: copies of the course.

    Raises:
        OSError: the system does not let this process do it.
    """
    uid, gid = os.getuid(), os.getgid()
    spaces = NEW_MOUNTS | NEW_NETWORK | NEW_IPC | NEW_NAMES
    if uid == 0:
        unshare(spaces)
    else:
        unshare(spaces | NEW_USER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    mount("none", "/", flags=RECURSIVE | PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", NO_SETUID | NO_DEVICES, "mode=0755,size=4m")
    os.chdir("/tmp")
    Path("old").mkdir()
    Path("inside").mkdir(mode=0o755)
    pivot_root(".", "old")
    os.chdir("/")
    for path in _visible():
        _show(path)
    for path in hidden:
        _hide(path)
    for name in _DEVICES:
        device = Path(f"{_INSIDE}/dev/{name}")
        device.parent.mkdir(exist_ok=True)
        device.touch()
        mount(f"/old/dev/{name}", str(device), flags=BIND)
    facts = Path(_INSIDE, _FACTS)
    facts.parent.mkdir()
    facts.write_bytes(Path("/old", _FACTS).read_bytes())
    for name in (HOME, GIVEN):
        Path(_INSIDE + name).mkdir(parents=True)
    if not os.path.lexists(f"{_INSIDE}/tmp"):  # it is there where this Python lies below /tmp
        Path(f"{_INSIDE}/tmp").symlink_to(HOME)
    detach("/old")
    mount("none", "/", flags=REMOUNT | BIND | READ_ONLY | NO_SETUID | NO_DEVICES)
    os.chroot(_INSIDE)
    os.chdir("/")


def _visible() -> list[Path]:
    """List what the student's process may read, none inside another."""
    old = Path("/old")
    found = [Path(p) for p in (*_SYSTEM, *_SYSTEM_LINKS) if os.path.lexists(f"/old{p}")]
    python = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *filter(None, sys.path)]
    for name in python:
        path = Path(os.path.normpath(name))
        known = any(path.is_relative_to(other) for other in found)
        if not known and (old / path.relative_to("/")).exists():
            found = [other for other in found if not other.is_relative_to(path)] + [path]
    return found


def _show(path: Path) -> None:
    source, target = Path(f"/old{path}"), Path(f"{_INSIDE}{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(str(source), str(target), flags=BIND | RECURSIVE)
    _make_read_only(str(target))


def _make_read_only(target: str) -> None:
    kept = os.statvfs(target).f_flag & _KEPT_FLAGS
    mount("none", target, flags=REMOUNT | BIND | READ_ONLY | NO_SETUID | kept)


def _hide(folder: Path) -> None:
    inside = Path(f"{_INSIDE}{folder}")
    if inside.is_dir():
        mount("tmpfs", str(inside), "tmpfs", READ_ONLY | NO_SETUID, "mode=0755,size=4k")
