"""Features: what is heard now, as the network and the panels see it.

`Analyzer` runs on the main thread and works hop by hop (10 ms of samples), never block by block or frame by frame:
any block size and any frame rate give the same result. Time is counted in samples. NumPy only.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.audio.chroma import PitchCircle
from app.audio.flux import Flux, OnsetStrength
from app.audio.level import Follower, Level, Peak, loudness_of
from app.audio.own_bands import OwnBands, Range
from app.audio.rhythm import Rhythm
from app.audio.ring import Block
from app.audio.spectrum import Bands, Floats, History, Window, log_edges, share

FEATURES = ("loudness", "bass", "mid", "treble", "onset", "centroid", "beat", "chroma1", "chroma2")
"""The nine audio inputs of the network, in order; each 0..1."""

BANDS = 64


@dataclass(frozen=True, slots=True)
class Features:
    """One hop's worth of hearing. The nine of `FEATURES` first, then what only panels and routes show."""

    seconds: float = 0.0
    """End of the hop, counted in samples since the stream began."""
    loudness: float = 0.0
    """Stevens' loudness of the hop's RMS: 0.85 (RMS / slow peak of the RMS)^0.6; attack 10 ms, release 250 ms."""
    bass: float = 0.0
    """The same of the amplitude in 20..250 Hz against its own slow peak."""
    mid: float = 0.0
    """The same in 250..2500 Hz."""
    treble: float = 0.0
    """The same in 2.5..16 kHz."""
    onset: float = 0.0
    """Strength of a new sound (`flux.OnsetStrength`): rises at once, falls with 120 ms."""
    centroid: float = 0.0
    """Brightness: amplitude-weighted mean of log frequency, 0 = 100 Hz, 1 = 8 kHz; 80 ms; sinks to 0 in silence."""
    beat: float = 0.0
    """Phase of the beat, 0 at the beat rising to 1 (`rhythm.Rhythm`); rests at 0 when there is nothing to hear."""
    chroma1: float = 0.5
    """Where the sounding pitches lie on the circle of the octave, cosine part (`chroma.PitchCircle`); 0.5 = no tone."""
    chroma2: float = 0.5
    """The sine part."""
    level_dbfs: float = -120.0
    """RMS over 50 ms, before any gain; -120..0."""
    gain_db: float = 0.0
    """The automatic gain."""
    gate_open: bool = False
    """Whether there is anything to hear (`level.Gate`)."""
    tempo_bpm: float = 0.0
    """Beats a minute; 0 before the first sound."""
    tempo_confidence: float = 0.0
    """0..1: how sure the tempo is; 0 within 2 s of silence."""
    beats: int = 0
    """Beats since the stream began: grows by one when `beat` returns to 0."""
    beat_seconds: float = 0.0
    """When the last of them was, in the time of `seconds`; never later than `seconds`."""
    spectrum: NDArray[np.float32] = field(default_factory=lambda: np.zeros(BANDS, np.float32))
    """64 bands 30 Hz..16 kHz, equal ratios, 0..1 over 60 dB after gain and +3 dB an octave; rises at once, falls
    with 150 ms."""
    bands: Mapping[str, float] = field(default_factory=dict)
    """The look's own bands by name, each 0..1 (`own_bands.OwnBands`)."""

    @property
    def heard(self) -> tuple[float, ...]:
        """The nine network inputs in the order of `FEATURES`, each 0..1.

        The network gets the beat as a swell, (1 + cos 2π·phase) / 2 times the tempo's confidence: the phase itself
        jumps from 1 to 0, and the picture would jump with it.
        """
        swell = (0.5 + 0.5 * math.cos(2.0 * math.pi * self.beat)) * self.tempo_confidence
        return tuple(swell if name == "beat" else getattr(self, name) for name in FEATURES)


class Analyzer:
    """Turns sound into `Features`, one hop of about 10 ms at a time. A change of sample rate starts it afresh."""

    def __init__(self) -> None:
        self._rate_hz = 0
        self._newest = Features()
        self._pending: Floats = np.zeros(0, np.float32)
        self._ranges: dict[str, Range] = {}

    def listen(self, ranges: Mapping[str, Range]) -> None:
        """Hear these bands too, from the next hop on."""
        if ranges != self._ranges:
            self._ranges = dict(ranges)
            if self._rate_hz:
                self._ear.own.listen(self._ranges)

    def step(self, block: Block) -> Features:
        """Take a block of any length and return the newest hop's features."""
        for _ in self.hops(block):
            pass
        return self._newest

    def hops(self, block: Block) -> Iterator[Features]:
        """Take a block of any length and yield the features of every hop it completes."""
        if block.rate_hz != self._rate_hz:
            self._begin(block.rate_hz)
        mono = block.samples[:, 0] if block.samples.shape[1] == 1 else block.samples.mean(axis=1, dtype=np.float32)
        hop = self._ear.hop
        sound = np.concatenate([self._pending, mono])
        whole = sound.size - sound.size % hop
        self._pending = sound[whole:].copy()
        for start in range(0, whole, hop):
            self._newest = self._ear.hear(sound[start : start + hop])
            yield self._newest

    @property
    def hop_seconds(self) -> float:
        """The exact length of a hop; 0 before the first block."""
        return self._ear.hop / self._rate_hz if self._rate_hz else 0.0

    def _begin(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._ear = _Ear(rate_hz)
        self._ear.own.listen(self._ranges)
        self._pending = np.zeros(0, np.float32)
        self._newest = Features()


class _Ear:
    """All that is remembered of a stream at one sample rate."""

    BAND_EDGES_HZ = np.array([20.0, 250.0, 2500.0, 16_000.0])
    WEAKEST = (0.2, 0.2, 0.05)
    """A band's loudness is judged against at least this part of the whole's, so that mere leakage stays small."""
    LONG_EVERY = 3
    """Every how many hops the long window is looked at: pitch and display are slow, and it costs most."""

    def __init__(self, rate_hz: int) -> None:
        self.hop = max(round(rate_hz / 100), 1)
        self._rate_hz = rate_hz
        dt = self.hop / rate_hz
        self._hops = 0
        self._short, self._long = Window(0.0464, rate_hz), Window(0.0853, rate_hz)
        self._history = History(max(self._short.frames, self._long.frames), self.hop)
        self._level = Level(dt)
        self._loudness = Follower(dt, 0.01, 0.25)
        self._bands = Bands(self.BAND_EDGES_HZ, self._short)
        self._peaks = [Peak(dt, 10.0) for _ in self.WEAKEST]
        self._followers = [Follower(dt, 0.01, release) for release in (0.2, 0.15, 0.12)]
        self._flux, self._onset = Flux(self._short), OnsetStrength(dt)
        self._display = _Display(self._long, dt * self.LONG_EVERY)
        self._centroid = Follower(dt, 0.08, 0.08)
        self._fade = share(dt, 1.0)
        self._pitch = PitchCircle(self._long, dt * self.LONG_EVERY)
        self._chroma = (0.5, 0.5)
        self._rhythm = Rhythm(dt)
        self.own = OwnBands(self._short, dt)

    def hear(self, samples: Floats) -> Features:
        """Take exactly one hop of mono samples."""
        self._hops += 1
        seconds = self._hops * self.hop / self._rate_hz
        self._history.append(samples)
        self._short.look(self._history)
        swing = samples - self._short.offset
        mean_square = float(np.dot(swing, swing)) / self.hop
        level, rhythm = self._level, self._rhythm
        level.step(mean_square)
        if self._hops % self.LONG_EVERY == 1:
            self._look_long()
        self._flux.step(self._short, level.gain)
        rhythm.step(self._flux.all, self._flux.kick, level.open, seconds)
        bass, mid, treble = self._band_values()
        chroma1, chroma2 = self._chroma
        return Features(
            seconds=seconds,
            loudness=self._loudness.step(loudness_of(mean_square**0.5, level.reference) if level.open else 0.0),
            bass=bass,
            mid=mid,
            treble=treble,
            onset=self._onset.step(self._flux.all, level.open),
            centroid=self._brightness(),
            beat=rhythm.phase,
            chroma1=chroma1,
            chroma2=chroma2,
            level_dbfs=level.level_dbfs,
            gain_db=level.gain_db,
            gate_open=level.open,
            tempo_bpm=rhythm.tempo_bpm,
            tempo_confidence=rhythm.confidence,
            beats=rhythm.beats,
            beat_seconds=rhythm.beat_seconds,
            spectrum=self._display.shown,
            bands=self.own.step(self._short.power, level),
        )

    def _look_long(self) -> None:
        self._long.look(self._history)
        self._display.step(self._long, self._level)
        self._chroma = self._pitch.step(self._long, self._level.open)

    def _band_values(self) -> list[float]:
        amplitudes = np.sqrt(self._bands.energies(self._short.power)).tolist()
        heard, whole = self._level.open, self._level.reference
        values = []
        for amplitude, peak, weakest, follower in zip(
            amplitudes, self._peaks, self.WEAKEST, self._followers, strict=True
        ):
            loudest = max(peak.step(amplitude) if heard else peak.value, weakest * whole)
            values.append(follower.step(loudness_of(amplitude, loudest) if heard else 0.0))
        return values

    def _brightness(self) -> float:
        if self._level.open:
            return self._centroid.step(self._display.brightness)
        self._centroid.value -= self._fade * self._centroid.value
        return self._centroid.value


class _Display:
    """The 64 bands shown, and the brightness of their sound."""

    RANGE_DB = 60.0

    def __init__(self, window: Window, dt_seconds: float) -> None:
        edges = log_edges(30.0, 16_000.0, BANDS)
        centres = np.sqrt(edges[1:] * edges[:-1])
        self._bands = Bands(edges, window)
        self._tilt = (centres / 1000).astype(np.float32)
        self._place = np.clip(np.log2(centres / 100) / np.log2(80), 0, 1).astype(np.float32)
        self._fall = np.float32(share(dt_seconds, 0.15))
        self.shown: Floats = np.zeros(BANDS, np.float32)
        """A new array each time: whoever holds an old one keeps it."""
        self.brightness = 0.0

    def step(self, window: Window, level: Level) -> None:
        """Take one spectrum."""
        energies = self._bands.energies(window.power)
        amplitudes = np.sqrt(energies)
        self.brightness = float(amplitudes @ self._place) / max(float(amplitudes.sum()), 1e-9)
        target = np.zeros(BANDS, np.float32)
        if level.open:
            np.log10(np.maximum(energies * self._tilt, 1e-12), out=target)
            target *= 10 * 0.9 / self.RANGE_DB
            target += 0.9 + (level.gain_db - level.TARGET_DBFS) * 0.9 / self.RANGE_DB
            np.clip(target, 0, 1, out=target)
        self.shown = np.maximum(target, self.shown - self._fall * self.shown)
