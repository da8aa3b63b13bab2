"""`clavilux features`: everything heard in an audio file, hop by hop, as JSON.

The file goes through the same `Analyzer` as live sound, so its beats are causal too.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from app import files
from app.audio.features import FEATURES, Analyzer, Features
from app.audio.ring import Block, Samples

BLOCK_SECONDS = 10
SURE_ENOUGH = 0.5
DIGITS = 6


def features(audio: Path, json_out: Path) -> None:
    """Write what is heard in `audio` to `json_out`.

    Keys: file, rate_hz, hop_seconds; seconds (end of each hop), one list for each of `FEATURES`, level_dbfs; tempo
    (BPM of the whole, 0 when none is clear) and beats (seconds). `UserError` for a file that is no audio or an
    output that cannot be written.
    """
    from app.audio.decode import decode

    files.check_place(json_out)
    decoded = decode(audio)
    if decoded.truncated:
        click.echo(f"clavilux: {audio}: {decoded.truncated}", err=True)
    report = {"file": str(audio), "rate_hz": decoded.rate_hz, **describe(decoded.samples, decoded.rate_hz)}
    files.write_json(json_out, report, indent=None)


def describe(samples: Samples, rate_hz: int) -> dict[str, object]:
    """Return the JSON keys from hop_seconds on, for samples of shape (frames, channels)."""
    analyzer = Analyzer()
    hops = list(_hear(analyzer, samples, rate_hz))
    lists = {name: [round(float(getattr(hop, name)), DIGITS) for hop in hops] for name in ("seconds", *FEATURES)}
    return {
        "hop_seconds": analyzer.hop_seconds,
        **lists,
        "level_dbfs": [round(hop.level_dbfs, 2) for hop in hops],
        "tempo": overall_tempo(hops),
        "beats": beat_times(hops),
    }


def overall_tempo(hops: list[Features]) -> float:
    """Return the median tempo in BPM of the hops that are sure of one; 0 when none is."""
    sure = [hop.tempo_bpm for hop in hops if hop.tempo_confidence >= SURE_ENOUGH]
    return round(float(np.median(sure)), 3) if sure else 0.0


def beat_times(hops: list[Features]) -> list[float]:
    """Return the times of the beats, in seconds, each as it was known when it happened."""
    times, known = [], 0
    for hop in hops:
        if hop.beats > known:
            known = hop.beats
            times.append(round(hop.beat_seconds, DIGITS))
    return times


def _hear(analyzer: Analyzer, samples: Samples, rate_hz: int) -> Iterator[Features]:
    for start in range(0, samples.shape[0], BLOCK_SECONDS * rate_hz):
        yield from analyzer.hops(Block(samples[start : start + BLOCK_SECONDS * rate_hz], rate_hz))
