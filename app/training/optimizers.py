"""Optimisers by CLIPig's names, over a network's layers; and evolution of the last layer as an alternative. Torch.

The rate of each layer follows the run: the first layers learn most at the start, the last ones at the end, so that
large forms come before fine ones (frequency is scheduled, not only pixels).
"""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import torch

from app.cppn.net import Net
from app.problems import UserError, nearest

Tensor = Any
BASES = {"adam": 6e-3, "sgd": 0.1, "adadelta": 1.0, "rmsprop": 7e-4, "sparse_adam": 2e-3}
"""What `learnrate: 1` means for a network, by optimiser (CLIPig's bases are for free pixels)."""
EVOLUTION = "cmaes"
WARM_UP_STEPS = 15
LEAST_SHARE = 0.4
"""What a layer keeps of the rate while it is not its turn."""
TURN_WIDTH = 0.35
MAX_NORM = 1.0
FINAL_RATE = 0.1
POPULATION = 16
SPREAD = 0.05
"""First standard deviation of evolution, relative to that of the weights."""


class Optimizer(Protocol):
    """One step towards a smaller loss. `rate` multiplies the optimiser's base, `share` 0..1 is the way gone."""

    def step(self, loss: Callable[[], Tensor], rate: float, share: float) -> float:
        """Take one step and return the loss before it."""

    def arrays(self) -> dict[str, Any]:
        """Return what is needed to go on, as NumPy arrays."""

    def restore(self, arrays: Mapping[str, Any]) -> None:
        """Go on from `arrays`."""


def optimizer(name: str, net: Net, seed: int) -> Optimizer:
    """Return an optimiser by name; an unknown one is a `UserError`."""
    if name == EVOLUTION:
        return Evolution(net, seed)
    if name not in BASES:
        raise UserError(f"unknown optimizer '{name}'{nearest(name, (*BASES, EVOLUTION))}")
    return Gradient(name, net)


def turn(layer: int, layers: int, share: float) -> float:
    """Return what part of the rate a layer has, `share` of the way through: its turn comes as its depth says."""
    distance = (layer / max(1, layers - 1) - share) / TURN_WIDTH
    return LEAST_SHARE + (1.0 - LEAST_SHARE) * math.exp(-0.5 * distance * distance)


def faded(share: float) -> float:
    """Return what is left of the rate, `share` of the way through: along a cosine from 1 to a tenth."""
    return FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + math.cos(math.pi * share))


class Gradient:
    """Any of torch's optimisers, one group of parameters for each layer."""

    def __init__(self, name: str, net: Net) -> None:
        self._net = net
        self._base = BASES[name]
        groups = [{"params": [w, b]} for w, b in zip(net.weights, net.biases, strict=True)]
        self._inner = _inner(name, groups, self._base)
        self._steps = 0

    def step(self, loss: Callable[[], Tensor], rate: float, share: float) -> float:
        """Take one step, its norm clipped."""
        self._steps += 1
        rate *= self._base * min(1.0, self._steps / WARM_UP_STEPS)
        groups = self._inner.param_groups
        for layer, group in enumerate(groups):
            group["lr"] = rate * turn(layer, len(groups), share)
        value = loss()
        self._inner.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), MAX_NORM)
        self._inner.step()
        return float(value.detach())

    def arrays(self) -> dict[str, Any]:
        """Return the moments of every parameter, in order."""
        state = self._inner.state_dict()["state"]
        moments = {f"{i}.{key}": _array(value) for i, kept in state.items() for key, value in kept.items()}
        return {"steps": np.array(self._steps), **moments}

    def restore(self, arrays: Mapping[str, Any]) -> None:
        """Set moments and steps."""
        self._steps = int(arrays["steps"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in arrays.items():
            if "." in name:
                index, key = name.split(".", 1)
                state.setdefault(int(index), {})[key] = torch.as_tensor(np.array(value))
        self._inner.load_state_dict({**self._inner.state_dict(), "state": state})


class Evolution:
    """CMA-ES over the last layer's weights and biases: needs no gradient, so any judge may guide it."""

    def __init__(self, net: Net, seed: int) -> None:
        self._net = net
        self._seed = seed
        self._search = self._begin(self._flat(), SPREAD * float(net.weights[-1].detach().std()) * 3.0)

    def step(self, loss: Callable[[], Tensor], rate: float, share: float) -> float:  # noqa: ARG002 - no rate here
        """Try a population and move towards its better half; the network holds the mean afterwards."""
        tried = self._search.ask()
        losses = []
        for candidate in tried:
            self._put(candidate)
            with torch.no_grad():
                losses.append(float(loss()))
        self._search.tell(tried, losses)
        self._put(self._search.mean)
        return float(np.mean(losses))

    def arrays(self) -> dict[str, Any]:
        """Return mean and step size; the covariance is learned again."""
        return {"mean": np.array(self._search.mean), "sigma": np.array(self._search.sigma)}

    def restore(self, arrays: Mapping[str, Any]) -> None:
        """Begin again from mean and step size."""
        self._search = self._begin(np.array(arrays["mean"]), float(arrays["sigma"]))

    def _begin(self, mean: Any, sigma: float) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it misses a plotting library that nobody needs
            import cma

        options = {"popsize": POPULATION, "seed": self._seed + 1, "verbose": -9, "CMA_diagonal": True}
        return cma.CMAEvolutionStrategy(mean, sigma, options)

    def _flat(self) -> Any:
        return torch.cat([self._net.weights[-1].flatten(), self._net.biases[-1]]).detach().cpu().double().numpy()

    def _put(self, flat: Any) -> None:
        values = torch.as_tensor(np.asarray(flat), dtype=torch.float32)
        count = self._net.weights[-1].numel()
        with torch.no_grad():
            self._net.weights[-1].copy_(values[:count].view_as(self._net.weights[-1]))
            self._net.biases[-1].copy_(values[count:])


def _inner(name: str, groups: list[dict[str, Any]], rate: float) -> Any:
    if name == "sgd":
        return torch.optim.SGD(groups, rate, momentum=0.9)
    if name == "adadelta":
        return torch.optim.Adadelta(groups, rate)
    if name in ("rmsprop", "sparse_adam"):
        return torch.optim.RMSprop(groups, rate, centered=True, momentum=0.1)
    return torch.optim.Adam(groups, rate, (0.9, 0.99))


def _array(value: Any) -> Any:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.array(value)
