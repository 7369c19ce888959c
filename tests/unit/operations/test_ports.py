"""Ports: which are wanted, which are free, and what is said when one is not."""

import os
import socket

import pytest

from operations import ports
from operations.errors import Trouble


def test_the_usual_ports_are_used_when_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECADO_PORT", raising=False)
    monkeypatch.delenv("RECADO_SES_PORT", raising=False)
    monkeypatch.delenv("RECADO_IMAP_PORT", raising=False)
    assert ports.Ports.from_env() == ports.Ports(emulator=4566, ses=4579, imap=4593)


def test_the_environment_chooses_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_PORT", "5000")
    monkeypatch.setenv("RECADO_SES_PORT", "5001")
    monkeypatch.setenv("RECADO_IMAP_PORT", "5002")
    assert ports.Ports.from_env() == ports.Ports(emulator=5000, ses=5001, imap=5002)


@pytest.mark.parametrize("wrong", ["abc", "0", "70000", "-1"])
def test_what_is_not_a_port_is_refused_by_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_PORT", wrong)
    with pytest.raises(Trouble, match="RECADO_PORT") as raised:
        ports.Ports.from_env()
    assert raised.value.code == 2


def test_a_taken_port_is_told_with_its_holder_and_the_way_out() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Trouble) as raised:
            ports.require_free(port, "RECADO_PORT", "the AWS emulator")
    assert f"port {port}, needed for the AWS emulator, is in use" in raised.value.problem
    assert f"(process {os.getpid()})" in raised.value.problem
    assert f"RECADO_PORT={port + 1000} make demo" in raised.value.remedy


def test_free_ports_are_different_and_free() -> None:
    found = ports.any_free(3)
    assert len(set(found)) == 3
    assert all(ports.is_free(port) for port in found)
