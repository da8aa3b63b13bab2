"""Composes and synthesises the demo track: assets/demo.ogg and assets/demo.beats.

Usage: python scripts/compose_demo.py [FOLDER]. Needs only NumPy and PyAV; always the same music (fixed seed).
125 BPM, 40 bars of 4/4, 76.8 s at 48 kHz: one beat is exactly 23 040 samples. The track is a circle: every tail that
runs over the end falls on the start, so it loops without a seam.
Track, script and beats are dedicated to the public domain (CC0 1.0).
"""

import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]

RATE = 48_000
BEAT = 23_040
BAR = 4 * BEAT
BARS = 40
FRAMES = BARS * BAR
STEP = BEAT // 4
SEED = 1922

# (first bar, one past the last) of each part
INTRO, GROOVE, SONG, BREAK, BUILD, DROP, OUTRO = (0, 4), (4, 12), (12, 20), (20, 25), (25, 28), (28, 38), (38, 40)

# MIDI notes, one chord a bar; the break has its own turn
CHORDS = ((57, 60, 64, 67, 71), (53, 57, 60, 64, 67), (48, 55, 60, 64, 71), (55, 59, 62, 66, 69))
BREAK_CHORDS = ((53, 57, 60, 64, 67), (55, 59, 62, 64, 69), (57, 60, 64, 67, 71), (52, 59, 62, 67, 69))
ARP = (0, 2, 4, 1, 3, 2, 4, 3)
MELODY = (  # (step in four bars, MIDI note, length in steps)
    (0, 76, 6), (6, 74, 4), (10, 72, 6), (16, 72, 6), (22, 69, 4), (26, 67, 6),
    (32, 67, 6), (38, 71, 4), (42, 72, 6), (48, 74, 8), (56, 71, 4), (60, 74, 4),
)  # fmt: skip
BASS = ((2, 0), (3, 0), (6, 0), (7, 12), (10, 0), (11, 0), (14, 0), (15, 7))


def inside(bar: int, *parts: tuple[int, int]) -> bool:
    """Whether a bar lies in one of the parts."""
    return any(first <= bar < end for first, end in parts)


def hz(midi: float) -> float:
    """Frequency of a MIDI note, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def decay(frames: int, seconds: float) -> Wave:
    """An exponential fall to 1/e in `seconds`, faded to nothing at its end."""
    curve = np.exp(-np.arange(frames) / (seconds * RATE))
    return np.asarray(curve * np.minimum(1.0, (frames - np.arange(frames)) / (0.005 * RATE)))


def swell(frames: int, attack_seconds: float, release_seconds: float) -> Wave:
    """A rise, a hold and a fall, with raised-cosine edges."""
    at = np.arange(frames) / RATE
    rise, fall = np.clip(at / attack_seconds, 0, 1), np.clip((frames / RATE - at) / release_seconds, 0, 1)
    return np.asarray(np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2)


@cache
def period(frequency_hz: float, cutoff_hz: float) -> Wave:
    """One period of a saw in 4096 steps (and the first again): up to 40 harmonics, falling off above `cutoff_hz`."""
    harmonics = np.arange(1, max(2, int(min(16_000 / frequency_hz, 40))))
    weights = np.exp(-((harmonics * frequency_hz / cutoff_hz) ** 1.5)) / harmonics
    return np.asarray((np.sin(2 * np.pi * harmonics[:, None] * np.arange(4097) / 4096) * weights[:, None]).sum(0))


def saw(frequency_hz: float, frames: int, cutoff_hz: float, phase: float = 0.0) -> Wave:
    """A soft saw."""
    position = (phase % 1.0 + np.arange(frames) * (frequency_hz / RATE)) * 4096
    whole, table = position.astype(np.int64), period(frequency_hz, cutoff_hz)
    before, after = table[whole & 4095], table[(whole & 4095) + 1]
    return np.asarray(before + (position - whole) * (after - before))


class Track:
    """A circle of stereo sound; what is added past its end comes out at its start."""

    def __init__(self) -> None:
        self.sound: Wave = np.zeros((FRAMES, 2))

    def add(self, wave: Wave, frame: int, gain: float = 1.0, pan: float = 0.0) -> None:
        """Mix a mono wave in at a frame, panned -1..1 with equal power."""
        angle = (pan + 1) * np.pi / 4
        stereo = wave[:, None] * (gain * np.array([np.cos(angle), np.sin(angle)]))
        first = min(len(wave), FRAMES - frame)
        self.sound[frame : frame + first] += stereo[:first]
        self.sound[: len(wave) - first] += stereo[first:]


def kick() -> Wave:
    """A sine that falls from 190 to 47 Hz, with a click in front."""
    frames = int(0.36 * RATE)
    pitch_hz = 47 + 145 * np.exp(-np.arange(frames) / (0.028 * RATE))
    body = np.sin(2 * np.pi * np.cumsum(pitch_hz) / RATE) * decay(frames, 0.13)
    click = np.sin(2 * np.pi * 1800 * np.arange(frames) / RATE) * decay(frames, 0.0025)
    return np.asarray(np.tanh(1.6 * body) + 0.25 * click)


def noise(rng: np.random.Generator, frames: int, low_hz: float, high_hz: float) -> Wave:
    """White noise between two frequencies, peak about 1."""
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    at_hz = np.fft.rfftfreq(frames, 1 / RATE)
    keep = 1 / (1 + (low_hz / np.maximum(at_hz, 1.0)) ** 6) / (1 + (at_hz / high_hz) ** 6)
    wave = np.fft.irfft(spectrum * keep, frames)
    return np.asarray(wave / (3.0 * wave.std()))


def clap(rng: np.random.Generator) -> Wave:
    """Three short bursts and a tail of noise around 1.5 kHz."""
    frames = int(0.3 * RATE)
    at = np.arange(frames) / RATE
    falls = ((0.0, 0.006, 0.7), (0.011, 0.006, 0.7), (0.021, 0.006, 0.7), (0.028, 0.07, 1.0))
    shape = sum(gain * np.where(at >= start, np.exp(-(at - start) / fall), 0.0) for start, fall, gain in falls)
    return np.asarray(noise(rng, frames, 900, 7000) * shape * decay(frames, 1.0))


def drums(rng: np.random.Generator) -> tuple[Track, Track]:
    """Return (kick, everything else that is struck)."""
    low, high = Track(), Track()
    thud, slap = kick(), clap(rng)
    closed = [noise(rng, int(0.07 * RATE), 5500, 15000) * decay(int(0.07 * RATE), 0.018) for _ in range(4)]
    opened = noise(rng, int(0.28 * RATE), 4500, 14000) * decay(int(0.28 * RATE), 0.08)
    for beat in range(4 * BARS):
        bar, in_bar, at = beat // 4, beat % 4, beat * BEAT
        if inside(bar, BREAK):
            continue
        low.add(thud, at, 0.75 if inside(bar, BUILD) else 0.95)
        if inside(bar, GROOVE, SONG, DROP) and in_bar in (1, 3):
            high.add(slap, at, 0.8)
        if inside(bar, SONG, DROP, OUTRO):
            high.add(opened, at + BEAT // 2, 0.5, 0.15)
        if inside(bar, INTRO, GROOVE, SONG, DROP, OUTRO):
            for step in range(4):
                high.add(closed[step], at + step * STEP, (0.6, 0.25, 0.45, 0.32)[step], 0.35 - 0.2 * step)
    crash = noise(rng, 3 * RATE, 3500, 15000) * decay(3 * RATE, 0.9)
    for bar in (GROOVE[0], SONG[0], BREAK[0], DROP[0], DROP[0] + 8):
        high.add(crash, bar * BAR, 0.3, -0.1)
    return low, high


def rise(rng: np.random.Generator) -> Track:
    """The build-up: a snare roll that gets denser, and noise that opens."""
    track = Track()
    start, frames = BUILD[0] * BAR, (BUILD[1] - BUILD[0]) * BAR
    roll = noise(rng, int(0.12 * RATE), 500, 7000) * decay(int(0.12 * RATE), 0.035)
    spacings, at = [BEAT // 2] * 8 + [STEP] * 28, start
    for count, spacing in enumerate(spacings):
        track.add(roll, at, 0.08 + 0.3 * (count / len(spacings)) ** 1.5)
        at += spacing
    opening = np.linspace(0, 1, frames)
    dark, bright = noise(rng, frames, 400, 1500), noise(rng, frames, 2500, 11000)
    track.add((dark * (1 - opening) + bright * opening) * opening**2 * swell(frames, 0.1, 0.05), start, 0.3)
    return track


def chord(bar: int) -> tuple[int, ...]:
    """The notes of a bar."""
    return (BREAK_CHORDS if inside(bar, BREAK, BUILD) else CHORDS)[bar % 4]


def pads() -> Track:
    """Wide chords, one a bar, darker at the edges of the track and opening through the build-up."""
    track = Track()
    frames = BAR + int(0.5 * RATE)
    shape = swell(frames, 0.25, 0.6)
    for bar in range(BARS):
        cutoff_hz, gain = (1200.0 if inside(bar, INTRO, OUTRO) else 2400.0), 0.062
        if inside(bar, BREAK, BUILD):
            cutoff_hz, gain = 700.0 * 1.3 ** (bar - BREAK[0]), 0.034 + 0.006 * (bar - BREAK[0])
        for voice, note in enumerate(chord(bar)):
            for side, cents in ((-0.8, -7), (0.8, 7)):
                wave = saw(hz(note + cents / 100), frames, cutoff_hz, 0.37 * voice + 0.5 * side)
                track.add(wave * shape, bar * BAR, gain, side)
    return track


def bass() -> Track:
    """Between the kicks: the root in pairs of sixteenths, with an octave and a fifth."""
    track = Track()
    frames = int(0.9 * STEP)
    for bar in (bar for bar in range(BARS) if inside(bar, GROOVE, SONG, DROP)):
        root = chord(bar)[0] - 24 if chord(bar)[0] >= 53 else chord(bar)[0] - 12
        for step, interval in BASS:
            frequency_hz = hz(root + interval)
            wave = saw(frequency_hz, frames, 1000) + 0.6 * np.sin(2 * np.pi * frequency_hz * np.arange(frames) / RATE)
            track.add(wave * swell(frames, 0.004, 0.03) * decay(frames, 0.2), bar * BAR + step * STEP, 0.3)
    return track


def plucks() -> Track:
    """The arpeggio: eighths in the break, sixteenths elsewhere, an octave higher in the drop."""
    track = Track()
    frames = int(0.4 * RATE)
    for bar in range(BARS):
        quiet = inside(bar, BREAK)
        gain = 0.1 if quiet else 0.1 if inside(bar, INTRO, OUTRO) else 0.15
        for step in range(0, 16, 2 if quiet else 1):
            note = chord(bar)[ARP[(step // (2 if quiet else 1)) % 8]] + (
                24 if inside(bar, DROP) and step % 4 == 2 else 12
            )
            accent = 1.25 if step % 4 == 0 else 0.8
            wave = saw(hz(note), frames, 4500 if inside(bar, DROP) else 2800) * decay(frames, 0.11)
            wave[:96] *= np.linspace(0, 1, 96)
            track.add(wave, bar * BAR + step * STEP, gain * accent, 0.6 * np.sin(2.1 * step))
    return track


def lead() -> Track:
    """The tune: softly in the second half of the song, fully in the drop."""
    track = Track()
    for first_bar in (SONG[0] + 4, DROP[0], DROP[0] + 4):
        for step, note, length in MELODY:
            frames = length * STEP + int(0.12 * RATE)
            at = np.arange(frames) / RATE
            vibrato = 1 + 0.003 * np.sin(2 * np.pi * 5.2 * at) * np.clip(at / 0.3 - 0.5, 0, 1)
            phase = np.cumsum(2 * np.pi * hz(note) * vibrato / RATE)
            wave = np.sin(phase) + 0.35 * np.sin(2 * phase) + 0.22 * np.sin(3 * phase) + 0.12 * np.sin(5 * phase)
            track.add(wave * swell(frames, 0.02, 0.14), first_bar * BAR + step * STEP, 0.13 if first_bar < 20 else 0.18)
    return track


def ducked(sound: Wave, depth: float) -> Wave:
    """Step back for a moment at each kick, so that the kick stays clear."""
    at = np.arange(BEAT) / RATE
    dip = 1 - depth * np.exp(-((at / 0.16) ** 2))
    curve = np.ones(FRAMES)
    for beat in range(4 * BARS):
        if not inside(beat // 4, BREAK):
            curve[beat * BEAT : (beat + 1) * BEAT] = dip
    return sound * curve[:, None]


def echoed(sound: Wave) -> Wave:
    """Dotted-eighth echoes that change sides."""
    out = sound.copy()
    for repeat in range(1, 5):
        out += 0.42**repeat * np.roll(sound[:, :: (-1) ** repeat], repeat * 3 * STEP, axis=0)
    return out


def room(sound: Wave, rng: np.random.Generator, seconds: float) -> Wave:
    """A hall: circular convolution with decaying noise, so that its tail wraps around too."""
    frames = int(3 * seconds * RATE)
    out = np.empty_like(sound)
    for side in range(2):
        answer = np.zeros(FRAMES)
        answer[960 : 960 + frames] = noise(rng, frames, 300, 9000) * decay(frames, seconds)
        answer /= np.sqrt((answer**2).sum())
        out[:, side] = np.fft.irfft(np.fft.rfft(sound[:, side]) * np.fft.rfft(answer), FRAMES)
    return out


def compose() -> tuple[NDArray[np.float32], list[tuple[float, int]]]:
    """Return (stereo sound (FRAMES, 2) within -1..1, [(seconds, place in the bar 1..4) of every beat])."""
    rng = np.random.default_rng(SEED)
    low, high = drums(rng)
    pad, pluck, tune = pads().sound, echoed(plucks().sound), echoed(lead().sound)
    wet = room(0.5 * pad + 0.6 * pluck + 0.7 * tune + 0.15 * high.sound, rng, 0.8)
    music = ducked(pad + 0.8 * wet, 0.75) + ducked(pluck + tune, 0.5) + ducked(bass().sound, 0.6)
    mix = low.sound + high.sound + rise(rng).sound + music
    master = 0.89 * np.tanh(1.15 * mix / np.percentile(np.abs(mix), 99.9))
    return master.astype(np.float32), [(beat * BEAT / RATE, beat % 4 + 1) for beat in range(4 * BARS)]


def write_ogg(path: Path, sound: NDArray[np.float32], codec: str = "libopus", bit_rate: int = 160_000) -> None:
    """Encode stereo sound at RATE."""
    import av

    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream(codec, rate=RATE, layout="stereo")
        stream.bit_rate = bit_rate
        stream.time_base = Fraction(1, RATE)
        container.metadata.update({"title": "Clavilux demo", "artist": "The Clavilux authors", "license": "CC0-1.0"})
        for start in range(0, len(sound), 4096):
            block = np.ascontiguousarray(sound[start : start + 4096])
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_beats(path: Path, beats: list[tuple[float, int]]) -> None:
    """One line per beat: seconds, TAB, place in the bar."""
    path.write_text("".join(f"{seconds:.5f}\t{place}\n" for seconds, place in beats))


def main(folder: Path) -> None:
    """Write both files."""
    sound, beats = compose()
    write_ogg(folder / "demo.ogg", sound)
    write_beats(folder / "demo.beats", beats)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "assets")
