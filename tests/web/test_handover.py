"""Sockets that a process is started with, by systemd or by itself."""

import os
import socket
from collections.abc import Iterator

import pytest

from gatelodge.web import handover


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A listening socket at the first descriptor, as sd_listen_fds(3) says; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        spare = os.dup(listening.fileno())
    monkeypatch.setattr(handover, "_FIRST", spare)
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    yield port
    try:
        os.close(spare)
    except OSError:
        return


def test_a_socket_of_systemd_s_is_taken_once(handed: int) -> None:
    """It listens where the unit says; programs started from here do not inherit it."""
    (found,) = handover.taken("0.0.0.0", 1)
    again = handover.taken("0.0.0.0", 1)
    with found:
        assert found.getsockname() == ("127.0.0.1", handed)
        assert not found.get_inheritable()
        assert not found.getblocking()
        assert again == []
        assert "LISTEN_PID" not in os.environ


def test_a_socket_for_another_process_is_left_alone(
    handed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parent's variables are no promise to its children."""
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))

    assert handover.taken("127.0.0.1", handed) == []


def test_another_address_is_listened_on_afresh(
    handed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start whose host or port has changed does not keep the old socket open."""
    monkeypatch.setenv("GATELODGE_LISTENS_ON", f"127.0.0.1 {handed}")

    assert handover.taken("127.0.0.1", handed + 1) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", handed))
