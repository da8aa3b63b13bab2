"""Claim: a replay at the size a set was played at hears the same bit for bit and shows the same, 50 dB or better.

Plays a show headless in real time while looks, effects, light and beats change, keeps pictures of it at random moments,
replays its set log and compares. Run: python -m benchmarks.same_again [--seconds 60] [--size 320x180]
Also draws the first frames of the same set in 4K with --supersample 2 and tells how long one takes (--large FRAMES).
"""

import argparse
import hashlib
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.source import SourceChoice
from app.clock import Frame
from app.commands.replay import Stage
from app.live import Session
from app.preset import EffectUse
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.settings import Settings, parse_size
from app.show import set_reader
from app.show.set_log import digested
from app.show.set_reader import Scene

LEAST_DB = 50.0
Picture = NDArray[np.uint8]


class Eyes:
    """Keeps the pictures of some frames by their number."""

    def __init__(self, chance: random.Random, share: float) -> None:
        self._chance, self._share = chance, share
        self.kept: dict[int, Picture] = {}

    def send(self, image: Target, frame: Frame) -> None:
        """Keep it, now and then."""
        if self._chance.random() < self._share:
            self.kept[frame.index] = image.read()[..., :3]

    def close(self) -> None:
        """Nothing is held."""


def play(seconds: float, size_px: tuple[int, int], moments: int) -> tuple[Path, Eyes, dict[str, Any]]:
    """Play a set; return its log, the pictures kept and the report."""
    chance = random.Random(3)
    settings = Settings(source=SourceChoice(audible=False, loop=True), picture_px=size_px, headless=True, keeps=True,
                        backend="glsl", seed=1)  # fmt: skip
    with ExitStack() as stack:
        session = Session(settings, stack)
        eyes = Eyes(chance, moments / (seconds * session.controls.fps))
        session.outputs.append(eyes)
        began, acted = time.monotonic(), 0.0
        while (now := time.monotonic() - began) < seconds:
            if now > acted + 2.0:
                acted = now
                act(session, chance)
            session.step()
        session.end()
    report = session.report()
    return Path(report["set"]), eyes, report


def act(session: Session, chance: random.Random) -> None:
    """Do something a performer does."""
    controls = session.controls
    way = chance.randrange(7)
    if way == 0:
        controls.random_look()
    elif way == 1:
        controls.preset.effects[:] = [EffectUse(effect=chance.choice(sorted(controls.effects)))]
    elif way == 2:
        controls.preset.params |= {"zoom": chance.uniform(0.5, 2), "hue": chance.uniform(-180, 180)}
    elif way == 3:
        controls.choose_style(chance.choice(controls.style_names))
    elif way == 4:
        controls.frozen = not controls.frozen
    elif way == 5:
        controls.outlets.master.fader = chance.uniform(0.3, 1.0)
    else:
        controls.tempo.set_bpm(chance.uniform(80, 160))


def drawn(scenes: Iterator[Scene], path: Path, size_px: tuple[int, int], supersample: int) -> Iterator[Picture]:
    """Yield the pictures of a replay."""
    with ExitStack() as stack:
        surface = HeadlessSurface(size_px)
        stack.callback(surface.release)
        first = next(set_reader.scenes(path))
        header = set_reader.read_header(path)
        stage = Stage(surface.ctx, header, size_px, supersample, "auto", first, stack)
        for scene in scenes:
            yield stage.draw(scene).read()[..., :3]


def decibels(a: Picture, b: Picture) -> float:
    """Return how alike two pictures are, at most 99."""
    error = float(np.mean((a.astype(float) - b.astype(float)) ** 2))
    return min(99.0, 10 * math.log10(255**2 / max(error, 1e-9)))


def main() -> int:
    """Play, replay, compare; exit code 1 when the claim does not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--moments", type=int, default=40)
    parser.add_argument("--large", type=int, default=0, metavar="FRAMES")
    asked = parser.parse_args()
    size_px = parse_size(asked.size)
    with tempfile.TemporaryDirectory(prefix="clavilux-again-") as home:
        os.environ["CLAVILUX_HOME"] = home
        path, eyes, report = play(asked.seconds, size_px, asked.moments)
        found = {}
        count = 0
        for number, picture in enumerate(drawn(set_reader.scenes(path), path, size_px, 1)):
            count += 1
            if number in eyes.kept:
                found[number] = decibels(picture, eyes.kept[number])
        heard = heard_again(path)
        same = heard == report["heard"]
        print(f"{count} frames of {asked.seconds:g} s replayed, {path.stat().st_size / 1e6:.2f} MB; "
              f"features {'bit-identical' if same else 'DIFFER'}")  # fmt: skip
        worst = min(found.values(), default=0.0)
        print(f"{len(found)} pictures compared: worst {worst:.1f} dB, median {np.median(list(found.values())):.1f} dB")
        if asked.large:
            began = time.process_time()
            large = list(drawn(islice(set_reader.scenes(path), asked.large), path, (3840, 2160), 2))
            seconds = (time.process_time() - began) / max(len(large), 1)
            print(f"{len(large)} frames in 4K, supersampled 2 times: {seconds:.2f} s of processor time a frame")
    return int(not same or worst < LEAST_DB)


def heard_again(path: Path) -> str:
    """Return the digest of what a replay hears."""
    digest = hashlib.sha256()
    for scene in set_reader.scenes(path):
        digest.update(digested(scene.moment))
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
