"""Calls of Linux that Python does not have in all the versions that the course runs on."""

from __future__ import annotations

import ctypes
import os

NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_SET_PARENT_DEATH, _SET_SECURE_BITS, _SET_SUBREAPER, _SET_NO_NEW_PRIVILEGES = 1, 28, 36, 38
_ALL_LOCKED = 0b101111  # root's number gives no rights, none are kept or gained; locked
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(kinds: int) -> None:
    """Leave the namespaces of these kinds for new ones; OSError where the system refuses."""
    _call("unshare", kinds)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount; OSError where the system refuses."""
    data = options.encode() or None
    _call("mount", source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root and put the old root at `old`.

    Raises:
        OSError: the system refuses, or the processor is one whose number of this call is not known here.
    """
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(f"pivot_root is not known on {os.uname().machine}")
    _call("syscall", ctypes.c_long(number), new.encode(), old.encode())


def detach(target: str) -> None:
    """Unmount what is there and below it, now or when it falls idle."""
    _call("umount2", target.encode(), _DETACH)


def prctl(what: int, *values: int) -> None:
    """Set or ask something of this process; OSError where the system refuses."""
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)]
    _call("prctl", what, *given[:4])


def die_with_parent() -> None:
    """Have this process killed when its parent ends."""
    prctl(_SET_PARENT_DEATH, 9)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    prctl(_SET_SUBREAPER, 1)


def drop_rights() -> None:
    """Give up all capabilities for good; no program that is started later gives any back."""
    prctl(_SET_NO_NEW_PRIVILEGES, 1)
    if _effective_rights():
        prctl(_SET_SECURE_BITS, _ALL_LOCKED)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def _effective_rights() -> int:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    _call("capget", header, sets)
    return int(sets[0])


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
