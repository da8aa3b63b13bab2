"""The door: who may come in. Checks of addresses and names, the PIN, passes for those who knew it. Pure, main thread.

Nothing here trusts what a browser says of itself, and guessing is slow: a million PINs at thirty a minute take weeks.
"""

import hmac
import ipaddress
import secrets
import socket
from collections import deque
from collections.abc import Sequence

PIN_DIGITS = 6
TRIES_EACH, TRIES_ALL, TRIES_SECONDS = 5, 30, 60.0
"""Wrong PINs that one address, and all together, may try within so many seconds."""
MOST_PASSES = 64


class Door:
    """One PIN for as long as the remote is switched on; whoever gives it gets a pass to come back with.

    `pin` and `passes` are those of a door that a crash closed.
    """

    def __init__(self, pin: str = "", passes: Sequence[str] = ()) -> None:
        self.pin = pin or f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
        self.wrong = 0
        """Wrong PINs so far."""
        self._passes: deque[str] = deque(passes, maxlen=MOST_PASSES)
        self._tries: deque[tuple[float, str]] = deque(maxlen=TRIES_ALL)

    @property
    def passes(self) -> list[str]:
        """The passes that count."""
        return list(self._passes)

    def try_pin(self, pin: str, address: str, now_seconds: float) -> str:
        """Return a pass for the right PIN, "" for a wrong one or one too many."""
        if self.closed_seconds(address, now_seconds):
            return ""
        if not hmac.compare_digest(pin.encode(), self.pin.encode()):
            self.wrong += 1
            self._tries.append((now_seconds, address))
            return ""
        self._passes.append(secrets.token_urlsafe(24))
        return self._passes[-1]

    def try_pass(self, given: str) -> bool:
        """Return whether this pass was given out; every one is compared, so that time tells nothing."""
        return sum(hmac.compare_digest(given.encode(), own.encode()) for own in self._passes) > 0

    def take_back(self, given: str) -> None:
        """Let a pass count no more."""
        if given in self._passes:
            self._passes.remove(given)

    def closed_seconds(self, address: str, now_seconds: float) -> float:
        """Return how long this address has to wait before its next try, 0 when it need not."""
        newest = [at for at, _ in self._tries if now_seconds - at < TRIES_SECONDS]
        mine = [at for at, who in self._tries if who == address and now_seconds - at < TRIES_SECONDS]
        if len(newest) >= TRIES_ALL:
            return newest[0] + TRIES_SECONDS - now_seconds
        return mine[-TRIES_EACH] + TRIES_SECONDS - now_seconds if len(mine) >= TRIES_EACH else 0.0


def is_near(address: str) -> bool:
    """Return whether an address belongs to this computer or a private network."""
    ip = ipaddress.ip_address(address)
    return ip.is_private or ip.is_loopback or ip.is_link_local


def is_ours(host: str, address: str, port: int) -> bool:
    """Return whether a Host header means this computer, reached at `address`:`port`.

    A name of somebody else's that was made to lead here (DNS rebinding) is refused: only the address itself and the
    computer's own name count.
    """
    name = socket.gethostname().lower()
    names = {address, name, f"{name.partition('.')[0]}.local"}
    if ipaddress.ip_address(address).is_loopback:
        names.add("localhost")
    return host.lower() in {f"{own}:{port}" for own in names}


def own_address() -> str:
    """Return this computer's address on its network, as the system would choose it; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): a datagram socket only looks up its route
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
