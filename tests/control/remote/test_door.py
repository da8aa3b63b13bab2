"""Who may come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.remote import door
from app.control.remote.door import TRIES_ALL, TRIES_EACH, TRIES_SECONDS, Door


def wrong_for(own: Door) -> str:
    return f"{(int(own.pin) + 1) % 10**6:06d}"


def test_the_pin_gives_a_pass_and_a_pass_lets_in() -> None:
    own = Door()
    assert len(own.pin) == 6
    assert own.pin.isdecimal()
    token = own.try_pin(own.pin, "10.0.0.1", 0.0)
    assert own.try_pass(token)
    assert not own.try_pass(token[:-1])
    assert not Door().try_pass(token)
    own.take_back(token)
    assert not own.try_pass(token)


def test_guessing_is_slow_from_one_address_and_from_many() -> None:
    own = Door()
    for _ in range(TRIES_EACH):
        assert own.try_pin(wrong_for(own), "10.0.0.1", 1.0) == ""
    assert own.try_pin(own.pin, "10.0.0.1", 2.0) == ""
    assert own.closed_seconds("10.0.0.1", 2.0) == pytest.approx(TRIES_SECONDS - 1)
    assert own.try_pin(own.pin, "10.0.0.2", 2.0)
    for i in range(TRIES_ALL):
        own.try_pin(wrong_for(own), f"10.0.1.{i}", 3.0)
    assert own.try_pin(own.pin, "10.0.9.9", 3.0) == ""
    assert own.try_pin(own.pin, "10.0.0.1", 3.0 + TRIES_SECONDS)
    assert own.wrong == TRIES_EACH + TRIES_ALL - TRIES_EACH


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_else_opens(pin: str, token: str) -> None:
    own = Door()
    own.try_pin(own.pin, "::1", 0.0)
    assert (own.try_pin(pin, "::1", 0.0) != "") == (pin == own.pin)
    assert not own.try_pass(token)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("192.168.1.20:8080", True), ("desk:8080", True), ("DESK.local:8080", True), ("desk.local:80", False),
        ("localhost:8080", False), ("evil.example:8080", False), ("192.168.1.20", False), ("192.168.1.21:8080", False),
        ("192.168.1.20:8080.evil.example", False), ("", False),
    ],
)  # fmt: skip
def test_only_our_own_names_are_ours(host: str, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    assert door.is_ours(host, "192.168.1.20", 8080) is ours
    assert door.is_ours("localhost:8080", "127.0.0.1", 8080)


def test_only_private_networks_are_near() -> None:
    near = ("127.0.0.1", "10.1.2.3", "192.168.0.7", "172.20.1.1", "169.254.3.4")
    assert [address for address in (*near, "8.8.8.8", "100.64.0.1", "172.32.0.1") if door.is_near(address)] == [*near]
