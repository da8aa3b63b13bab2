"""How well the beat is followed: mir_eval's F (70 ms) of the causal beats against annotated ones, and what it costs.

`python -m benchmarks.beats FOLDER [--speeds 1,0.8,1.25]`, FOLDER holding X.flac (or .wav, .ogg) with X.beats beside it
(a beat a line, seconds first). The first 5 s are trimmed, as is usual. Speed 0.8 plays the file slower (and lower).
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from app.audio.decode import decode
from app.audio.features import Analyzer, Features
from app.audio.ring import Block, Samples
from app.commands.features import beat_times

Times = NDArray[np.float64]
TRIM_SECONDS, REACH_SECONDS, RUN = 5.0, 0.07, 8


@dataclass(frozen=True)
class Score:
    """What one clip gave: F, F at the best metrical level, AMLt, start of the first run of eight, and costs."""

    f: float
    f_any_octave: float
    amlt: float
    locked_seconds: float
    lag_seconds: float
    tempo: float
    cpu_share: float


def score(samples: Samples, rate_hz: int, beats: Times) -> Score:
    """Track a clip and compare."""
    began = time.process_time()
    hops: list[Features] = list(Analyzer().hops(Block(samples, rate_hz)))
    cpu_share = (time.process_time() - began) * rate_hz / samples.shape[0]
    found = np.array(beat_times(hops))
    return Score(
        f=f_measure(beats, found),
        f_any_octave=max(f_measure(level, found) for level in metrical_levels(beats)),
        amlt=continuity(beats, found),
        locked_seconds=first_run(beats, found),
        lag_seconds=float(np.median([nearest_gap(beats, at) for at in found])) if found.size else np.nan,
        tempo=float(np.median([hop.tempo_bpm for hop in hops])),
        cpu_share=cpu_share,
    )


def trimmed(beats: Times) -> Times:
    """Leave out the first 5 s."""
    return beats[beats >= TRIM_SECONDS]


def f_measure(beats: Times, found: Times) -> float:
    """Return mir_eval's F; 0 where nothing was found."""
    return float(mir_eval.beat.f_measure(trimmed(beats), trimmed(found))) if trimmed(found).size else 0.0


def continuity(beats: Times, found: Times) -> float:
    """Return AMLt: the part of beats right at any metrical level."""
    return float(mir_eval.beat.continuity(trimmed(beats), trimmed(found))[3]) if trimmed(found).size > 1 else 0.0


def metrical_levels(beats: Times) -> list[Times]:
    """Return the beats, the off-beats, both together, and every other beat."""
    between = (beats[1:] + beats[:-1]) / 2
    return [beats, between, np.sort(np.concatenate([beats, between])), beats[::2], beats[1::2]]


def nearest_gap(beats: Times, at: float) -> float:
    """Return how much later `at` is than the nearest beat, in seconds."""
    gaps = at - beats
    return float(gaps[np.abs(gaps).argmin()])


def first_run(beats: Times, found: Times) -> float:
    """Return when the first eight right beats in a row begin; infinity when never."""
    right = [abs(nearest_gap(beats, at)) < REACH_SECONDS for at in found]
    starts = (found[i] for i in range(len(right) - RUN + 1) if all(right[i : i + RUN]))
    return float(next(starts, np.inf))


def clips(folder: Path) -> Iterator[tuple[str, Samples, int, Times]]:
    """Yield name, samples, rate and beats of every annotated file."""
    for annotation in sorted(folder.glob("*.beats")):
        audio = next(
            (annotation.with_suffix(end) for end in (".flac", ".wav", ".ogg") if annotation.with_suffix(end).exists()),
            None,
        )
        if audio is not None:
            decoded = decode(audio)
            lines = annotation.read_text(encoding="utf-8").split("\n")
            yield annotation.stem, decoded.samples, decoded.rate_hz, np.array([float(x.split()[0]) for x in lines if x])


def at_speed(samples: Samples, beats: Times, speed: float) -> tuple[Samples, Times]:
    """Play faster or slower by resampling."""
    if speed == 1:
        return samples, beats
    import soxr

    return np.asarray(soxr.resample(samples, speed, 1.0, quality="MQ"), np.float32), beats / speed


def main() -> None:
    """Print one line a clip and one a speed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speeds", default="1,0.8,1.25")
    wanted = parser.parse_args()
    print(f"{'clip':28}{'F':>6}{'any':>6}{'AMLt':>6}{'lock s':>8}{'lag ms':>8}{'BPM':>7}{'is':>7}{'cpu %':>7}")
    for speed in map(float, wanted.speeds.split(",")):
        scores = []
        for name, samples, rate_hz, beats in clips(wanted.folder):
            samples, beats = at_speed(samples, beats, speed)
            scores.append(got := score(samples, rate_hz, beats))
            show(f"{name} x{speed:g}", got, 60 / float(np.median(np.diff(beats))))
        summary(speed, scores)


def show(name: str, got: Score, true_bpm: float) -> None:
    """Print one row."""
    print(
        f"{name:28}{got.f:6.2f}{got.f_any_octave:6.2f}{got.amlt:6.2f}{got.locked_seconds:8.1f}"
        f"{1000 * got.lag_seconds:8.0f}{got.tempo:7.1f}{true_bpm:7.1f}{100 * got.cpu_share:7.2f}"
    )


def summary(speed: float, scores: list[Score]) -> None:
    """Print the means of one speed."""
    if not scores:
        raise SystemExit("no X.flac with X.beats in that folder")
    f, any_octave, amlt = (float(np.mean([getattr(s, k) for s in scores])) for k in ("f", "f_any_octave", "amlt"))
    soon = float(np.mean([s.locked_seconds <= 6 for s in scores]))
    lock = float(np.median([s.locked_seconds for s in scores]))
    cpu = float(np.mean([s.cpu_share for s in scores]))
    print(
        f"== x{speed:g}: {len(scores)} clips, F {f:.3f}, any octave {any_octave:.3f}, AMLt {amlt:.3f}, eight right"
        f" within 6 s {soon:.0%} (median {lock:.1f} s), {100 * cpu:.2f} % of a core\n"
    )


if __name__ == "__main__":
    main()
