"""Thirty short pieces with exact beats, synthesised, for `benchmarks.beats`: rock, house, drum and bass, swing, waltz.

`python -m benchmarks.pieces FOLDER` writes X.wav (44.1 kHz, mono) and X.beats. Fixed seed, 32 s each, played with a
human's 8 ms of unevenness. A piece is a pattern: which sound at which place of the bar, how loud, how often.
"""

import argparse
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
RATE_HZ, SECONDS, UNEVEN_SECONDS, LEAD_IN = 44_100, 32.0, 0.008, 0.3
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 55, 64), (55, 59, 62))
RNG = np.random.default_rng(5)


@dataclass(frozen=True)
class Hit:
    """One sound of a pattern, at `beat` of the bar; `chance` of being played; `note` in semitones over the chord."""

    sound: str
    beat: float
    gain: float
    chance: float = 1.0
    note: int = 0


def decay(seconds: float, tau: float) -> Wave:
    """Return a fading 1 of the given length."""
    return np.asarray(np.exp(-np.arange(int(seconds * RATE_HZ)) / (tau * RATE_HZ)))


def kick() -> Wave:
    """Return a drum falling from 160 to 50 Hz."""
    fade = decay(0.35, 0.1)
    hz = 50 + 110 * decay(0.35, 0.03)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * fade)


def snare() -> Wave:
    """Return noise over a 190 Hz body."""
    fade = decay(0.3, 0.07)
    return np.asarray((0.4 * RNG.standard_normal(fade.size) + 0.5 * np.sin(0.027 * np.arange(fade.size))) * fade)


def hat(tau: float) -> Wave:
    """Return bright noise."""
    fade = decay(0.4, tau)
    return np.asarray(0.2 * np.diff(RNG.standard_normal(fade.size + 2), 2) * fade)


def tone(midi: int, seconds: float, tau: float, cut_hz: float) -> Wave:
    """Return a plucked string with its upper partials rolled off at `cut_hz`."""
    hz = 440 * 2 ** ((midi - 69) / 12)
    fade = decay(seconds, tau)
    t = np.arange(fade.size) / RATE_HZ
    partials = range(1, int(min(2 * cut_hz / hz, 20)) + 2)
    sines = [np.sin(2 * np.pi * hz * k * t + k) / k * np.exp(-k * hz / cut_hz) for k in partials]
    edge = np.minimum(1, np.minimum(np.arange(t.size) / 220, np.arange(t.size)[::-1] / 900))
    return np.asarray(np.sum(sines, axis=0) * fade * edge)


def play(hit: Hit, chord: tuple[int, ...], beat_seconds: float) -> Wave:
    """Return the sound of one hit."""
    match hit.sound:
        case "kick":
            return kick()
        case "snare":
            return snare()
        case "hat" | "ride":
            return hat(0.025 if hit.sound == "hat" else 0.1)
        case "bass":
            return tone(chord[0] - 24 + hit.note, 0.5 * beat_seconds, 0.3, 600)
        case "pad":
            return np.asarray(np.sum([tone(m, 4 * beat_seconds, 3.0, 1000) for m in chord], axis=0))
        case _:
            return np.asarray(np.sum([tone(m + hit.note, beat_seconds, 0.4, 2500) for m in chord], axis=0))


def every(sound: str, gain: float, *beats: float, chance: float = 1.0, note: int = 0) -> list[Hit]:
    """Return the same hit at several places of the bar."""
    return [Hit(sound, beat, gain, chance, note) for beat in beats]


EIGHTHS = tuple(k / 2 for k in range(8))
OFFBEATS = (0.5, 1.5, 2.5, 3.5)
ROCK = (
    every("kick", 0.8, 0, 2) + every("kick", 0.7, 2.5, chance=0.6) + every("snare", 0.8, 1, 3)
    + every("hat", 0.5, *EIGHTHS) + every("bass", 0.4, *EIGHTHS) + every("chord", 0.15, 0, 2)
)  # fmt: skip
HOUSE = (
    every("kick", 0.9, 0, 1, 2, 3) + every("snare", 0.4, 1, 3) + every("ride", 0.6, *OFFBEATS)
    + every("bass", 0.5, *OFFBEATS) + every("chord", 0.1, 0, 0.75, 1.5, note=12)
)  # fmt: skip
DRUM_AND_BASS = (
    every("kick", 0.9, 0, 2.5) + every("snare", 0.8, 1, 3) + every("snare", 0.2, 1.75)
    + every("hat", 0.5, *EIGHTHS) + every("pad", 0.15, 0, note=-24)
)  # fmt: skip
SWING = (
    every("ride", 0.6, 0, 1, 2, 3) + every("ride", 0.5, 1.66, 3.66) + every("hat", 0.5, 1, 3)
    + every("bass", 0.6, 0, 1, 2, 3, note=7) + every("chord", 0.15, 0, 1.66, 2.66, chance=0.4)
)  # fmt: skip
WALTZ = (
    every("bass", 0.7, 0) + every("kick", 0.4, 0) + every("chord", 0.2, 1, 2) + every("hat", 0.4, 1, 2)
    + every("chord", 0.15, 0, 1.5, chance=0.4, note=12)
)  # fmt: skip
STRUM = every("chord", 0.25, 0, 2, 3) + every("chord", 0.15, 1, 1.5, 2.5, 3.5)
AMBIENT = (
    every("pad", 0.2, 0) + every("kick", 0.5, 0) + every("hat", 0.4, 2)
    + every("chord", 0.08, 0, 1, 2, 3, note=12) + every("chord", 0.05, 1.5, 3.5, note=12)
)  # fmt: skip
SHUFFLE = (
    every("kick", 0.8, 0, 2) + every("snare", 0.7, 1, 3) + every("hat", 0.6, 0, 1, 2, 3)
    + every("hat", 0.4, 0.66, 1.66, 2.66, 3.66) + every("bass", 0.5, 0, 0.66, 1, 2, 2.66, 3)
)  # fmt: skip

PIECES: dict[str, tuple[list[Hit], int, tuple[int, ...]]] = {
    "rock": (ROCK, 4, (72, 80, 90, 100, 112, 140, 168)),
    "house": (HOUSE, 4, (118, 125, 132, 138)),
    "drum_and_bass": (DRUM_AND_BASS, 4, (165, 174)),
    "swing": (SWING, 4, (110, 140, 180)),
    "waltz": (WALTZ, 3, (90, 120, 160)),
    "strum": (STRUM, 4, (75, 104, 130)),
    "ambient": (AMBIENT, 4, (80, 96)),
    "shuffle": (SHUFFLE, 4, (95, 120)),
}
RAMPS = {"ramp_up": (100, 130), "ramp_down": (150, 120)}


def grid(first_bpm: float, last_bpm: float) -> Wave:
    """Return beat times of a tempo that changes evenly from beat to beat."""
    count = int(SECONDS * (first_bpm + last_bpm) / 120)
    gaps = 60 / np.linspace(first_bpm, last_bpm, count)
    return np.asarray(LEAD_IN + np.concatenate([[0.0], np.cumsum(gaps)[:-1]]))


def compose(pattern: list[Hit], bar: int, beats: Wave, silent: range = range(0)) -> Wave:
    """Play a pattern on the beats; in the bars `silent` only its pads and chords."""
    sound = np.zeros(int((beats[-1] + 0.5) * RATE_HZ))
    gaps = np.append(np.diff(beats), beats[-1] - beats[-2])
    for start in range(0, beats.size, bar):
        chord = CHORDS[start // bar % len(CHORDS)]
        for hit in pattern:
            number = start + int(hit.beat)
            quiet = start // bar in silent and hit.sound not in ("pad", "chord")
            if number >= beats.size or quiet or RNG.random() >= hit.chance:
                continue
            at = beats[number] + hit.beat % 1 * gaps[number] + RNG.normal(0, UNEVEN_SECONDS)
            first = round(max(at, 0.0) * RATE_HZ)
            note = play(hit, chord, float(gaps[number]))[: sound.size - first]
            sound[first : first + note.size] += hit.gain * note
    return np.asarray(sound * 0.8 / np.abs(sound).max())


def save(folder: Path, name: str, sound: Wave, beats: Wave) -> None:
    """Write one piece and its beats."""
    with wave.open(str(folder / f"{name}.wav"), "wb") as out:
        out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        out.writeframes((sound * 32_767).astype("<i2").tobytes())
    (folder / f"{name}.beats").write_text("".join(f"{at:.6f}\n" for at in beats), encoding="utf-8")


def main() -> None:
    """Write all pieces."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for style, (pattern, bar, tempi) in PIECES.items():
        for bpm in tempi:
            beats = grid(bpm, bpm)
            save(folder, f"{style}_{bpm}", compose(pattern, bar, beats), beats)
    for name, (first, last) in RAMPS.items():
        beats = grid(first, last)
        save(folder, name, compose(ROCK, 4, beats), beats)
    beats = grid(126, 126)
    save(folder, "break", compose(HOUSE, 4, beats, silent=range(7, 11)), beats)
    print(f"{len(list(folder.glob('*.beats')))} pieces in {folder}")


if __name__ == "__main__":
    main()
