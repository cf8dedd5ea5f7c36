"""Close doors of the kernel that a student's program has no use for: a seccomp filter, kept by all children.

Most of them lead to memory that no limit counts, to other processes, or to namespaces with new rights.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from .system import prctl

_GET_SECCOMP, _SET_SECCOMP, _FILTER = 21, 22, 2
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLOSED = {  # number on x86_64, on aarch64
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "swapon": (167, 224),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_NEW_NAMESPACES = 0x7E020000  # flags of clone, in its first argument
_MMAP, _SHARED, _WITHOUT_A_FILE = (9, 222), 0x01, 0x20  # flags of mmap, in its fourth argument
_OTHER_ABI = 0x40000000  # x32 on x86_64: the same calls by other numbers
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of the kernel's filter machine
_FCNTL, _SET_LEASE = (72, 25), 1024  # a command of fcntl, its second argument
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT, _FOURTH_ARGUMENT_AT = 16, 24, 40
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000


def require_filter() -> None:
    """Raise OSError where the kernel has no such filter, or the processor is not known here."""
    prctl(_GET_SECCOMP)
    _program()


def close_doors() -> None:
    """Have this process, and all that it starts, refused what is closed; needs no_new_privs."""
    program = _program()
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(code)))
    prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(header))


def _program() -> bytes:
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        raise OSError(f"the kernel's calls are not known on {machine}")
    column, architecture = _ARCHITECTURES[machine]
    refused, unknown = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _OTHER_ABI),
        (_RETURN, 0, 0, refused),
        (_EQUAL, 0, 1, _CLONE3[column]),  # its flags lie in memory; the C library falls back to clone
        (_RETURN, 0, 0, unknown),
    ]
    for numbers in _CLOSED.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, refused)]
    steps += [
        # What is shared without a file stays as a whole, and uncounted, as long as one page of it is mapped.
        (_EQUAL, 0, 5, _MMAP[column]),
        (_LOAD, 0, 0, _FOURTH_ARGUMENT_AT),
        (_ANY_BIT, 0, 2, _SHARED),
        (_ANY_BIT, 0, 1, _WITHOUT_A_FILE),
        (_RETURN, 0, 0, refused),
        (_RETURN, 0, 0, _ALLOW),
        # While somebody has a lease of a file, others wait to open it: one of Python's own, say.
        (_EQUAL, 0, 4, _FCNTL[column]),
        (_LOAD, 0, 0, _SECOND_ARGUMENT_AT),
        (_EQUAL, 0, 1, _SET_LEASE),
        (_RETURN, 0, 0, refused),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 3, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, refused),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
