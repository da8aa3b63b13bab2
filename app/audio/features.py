"""Features: what is heard now, as the network and the panels see it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FEATURES = ("loudness", "bass", "mid", "treble", "onset", "centroid", "beat", "chroma1", "chroma2")
"""The nine audio inputs of the network, in order; each 0..1."""

BANDS = 64


@dataclass(frozen=True, slots=True)
class Features:
    """One hop's worth of hearing. The nine of `FEATURES` first, then what only panels and routes show."""

    seconds: float = 0.0
    loudness: float = 0.0
    bass: float = 0.0
    mid: float = 0.0
    treble: float = 0.0
    onset: float = 0.0
    centroid: float = 0.0
    beat: float = 0.0
    chroma1: float = 0.5
    chroma2: float = 0.5
    level_dbfs: float = -120.0
    gain_db: float = 0.0
    gate_open: bool = False
    tempo_bpm: float = 0.0
    tempo_confidence: float = 0.0
    beats: int = 0
    spectrum: NDArray[np.float32] = field(default_factory=lambda: np.zeros(BANDS, np.float32))

    @property
    def heard(self) -> tuple[float, ...]:
        """The nine network inputs in the order of `FEATURES`."""
        return tuple(getattr(self, name) for name in FEATURES)
