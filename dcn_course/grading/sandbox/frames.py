"""Messages over a stream: a length of 8 bytes, then as many bytes."""

from __future__ import annotations

import socket
import struct

_LENGTH = struct.Struct("<Q")


def send(stream: socket.socket, *parts: bytes) -> None:
    """Send each part with its length before it."""
    for part in parts:
        stream.sendall(_LENGTH.pack(len(part)))
        if part:  # the other side may leave as soon as it has read that nothing comes
            stream.sendall(part)


def receive(stream: socket.socket, largest: int) -> bytes:
    """Receive one part.

    Args:
        stream: from which.
        largest: bytes that it may have.

    Raises:
        EOFError: the other side has closed the stream.
        ValueError: it is larger.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > largest:
        raise ValueError(f"a message of {length} bytes; at most {largest} may come")
    return _exactly(stream, length)


def _exactly(stream: socket.socket, count: int) -> bytes:
    kept = bytearray()
    while len(kept) < count:
        piece = stream.recv(min(count - len(kept), 1 << 20))
        if not piece:
            raise EOFError("the stream was closed")
        kept += piece
    return bytes(kept)
