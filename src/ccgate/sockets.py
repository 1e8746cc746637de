"""Sockets that servers listen on."""

from __future__ import annotations

import os
import socket

BACKLOG = 2048


def bound(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket that listens at this place (port 0: any that is free). OSError when it is taken.

    It listens at once: two sockets may be bound to one port, and only one of them can listen. It says that it is TCP,
    which `socket.create_server` leaves open: asyncio turns Nagle's algorithm off only for a connection that says so,
    and with it on, the second write of every answer waits 40 ms for an ACK.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it means that a port may be taken away from its owner
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket) -> str:
    """`http://127.0.0.1:8080`, an IPv6 address in brackets."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
