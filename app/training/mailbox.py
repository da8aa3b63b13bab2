"""The worker's letter box: orders come in from one thread and are taken by another. Latest wins, so it cannot grow."""

import threading
from collections.abc import Sequence

from app.training.messages import Order


class Mailbox:
    """At most one order per slot."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._changed = threading.Condition()

    def put(self, order: Order) -> None:
        """Leave an order; it replaces an older one of its slot. Any thread."""
        with self._changed:
            self._orders.pop(order.slot, None)
            self._orders[order.slot] = order
            self._changed.notify()

    def take(self, wait_seconds: float) -> Sequence[Order]:
        """Take all orders, oldest first; if there are none, wait at most so long for one."""
        with self._changed:
            if not self._orders and wait_seconds > 0:
                self._changed.wait(wait_seconds)
            orders = tuple(self._orders.values())
            self._orders.clear()
            return orders
