"""The bar pointer: a probability over (beat period, place in the beat), moved on by every hop of sound.

Main thread, once a hop. The forward algorithm of a hidden Markov model (state space of Krebs, Böck & Widmer 2015),
written for whole hops: 55..215 BPM, one row a period, one column a place.
"""

import numpy as np
from numpy.typing import NDArray

from app.audio.spectrum import Floats

SLOWEST_BPM, FASTEST_BPM = 55.0, 215.0


class BarPointer:
    """Where in the beat we are and how long a beat is, as one distribution `belief` of shape (periods, longest + 1)."""

    TEMPO_STIFFNESS = 100.0
    ON_BEAT, OFF_BEAT = 4.0, 0.5
    """Log odds an onset of full strength gives to the first 1/16 of the beat, and to 1/12 around its middle."""
    PRIOR_BPM, PRIOR_OCTAVES, PRIOR_WEIGHT = 120.0, 0.42, 0.02

    def __init__(self, dt_seconds: float) -> None:
        shortest = round(60 / FASTEST_BPM / dt_seconds)
        longest = round(60 / SLOWEST_BPM / dt_seconds)
        self.periods = np.arange(shortest, longest + 1)
        self.bpm = 60 / (self.periods * dt_seconds)
        columns = np.arange(longest + 1)
        self._rows = np.arange(self.periods.size)
        self._valid = columns < self.periods[:, None]
        weights = self._onset_weights(columns)
        self._onset_states = np.flatnonzero(weights)
        self._onset_weight = weights.reshape(-1)[self._onset_states].astype(np.float32)
        self._moves = self._tempo_moves()
        self.belief: Floats = np.empty(self._valid.shape, np.float32)
        self._flat = self.belief.reshape(-1)
        self.reset()

    def _tempo_moves(self) -> Floats:
        """Return (from, to) odds at the end of a beat: near tempi are likely, and so are usual ones.

        The prior is a lognormal around 120 BPM, applied once a beat with the weight of the beat's hops.
        """
        moves = np.exp(-self.TEMPO_STIFFNESS * np.abs(self.periods[None, :] / self.periods[:, None] - 1))
        moves /= moves.sum(1, keepdims=True)
        octaves = np.log2(self.bpm / self.PRIOR_BPM)
        log_prior = -0.5 * (octaves / self.PRIOR_OCTAVES) ** 2 - np.log(self.bpm / self.PRIOR_BPM)
        return np.asarray(moves * np.exp(self.PRIOR_WEIGHT * self.periods * log_prior), np.float32)

    def _onset_weights(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what an onset says for each state. That it may fall between beats too keeps slow music slow."""
        part = columns / self.periods[:, None]
        middle = np.abs((columns + 0.5) / self.periods[:, None] - 0.53) <= 1 / 24
        return np.where(part < 1 / 16, self.ON_BEAT, np.where(middle & (part < 1), self.OFF_BEAT, 0.0))

    def reset(self) -> None:
        """Forget everything: all tempi and places alike."""
        self.belief[:] = self._valid / (self.periods[:, None] * self.periods.size)

    def step(self, onset: float) -> None:
        """Move every pointer by one hop, then weigh those at a beat by the onset's strength (0..1)."""
        belief, rows, periods = self.belief, self._rows, self.periods
        ended = belief[rows, periods - 1]
        belief[:, 1:] = belief[:, :-1]
        belief[rows, periods] = 0
        np.dot(ended, self._moves, out=ended)
        belief[:, 0] = ended
        if onset > 0:
            self._flat[self._onset_states] *= np.exp(self._onset_weight * np.float32(onset))
        belief *= np.float32(1) / belief.sum()

    def best(self) -> tuple[int, int]:
        """Return (row, place) of the most likely state."""
        row, place = divmod(int(self._flat.argmax()), self.belief.shape[1])
        return row, place

    def near(self, row: int, reach: float) -> tuple[float, float]:
        """Return the mean period (in hops) and the belief within `reach` (a ratio) of a row's period."""
        rows = max(round(reach * float(self.periods[row])), 1)
        around = slice(max(row - rows, 0), row + rows + 1)
        beliefs = self.belief[around].sum(1)
        total = float(beliefs.sum())
        return float(beliefs @ self.periods[around]) / total, total
