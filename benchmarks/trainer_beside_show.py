"""Claim: with a training job beside it, a live show's p99 frame time is at most 1.5 × that of the same show alone.

Headless shows, with and without a job in turns, each in a process and a user folder of its own; the ratio is that of
the medians over the rounds. Also told: how far the training came, and how long it rested for the show.
Run: python -m benchmarks.trainer_beside_show [--rounds 3] [--seconds 20] [--experiment FILE.yaml] [--backend cpu]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app.live import Session
from app.settings import Settings
from app.stats import Stats

CLAIM = 1.5
WARM_UP_SECONDS = 12.0
"""Left out at the beginning, in both shows: the worker imports, opens its judges and searches."""
EXPERIMENT = """
epochs: 100000
targets:
  - features:
      - text: flowing organic blue patterns
"""


Figures = dict[str, Any]


def play(settings: Settings, text: str) -> Figures:
    """Play one show in this process, with a job beside it if there is an experiment; return its figures."""
    rested_seconds = 0.0
    warm = False
    with ExitStack() as stack:
        session = Session(settings, stack)
        controls, trainer = session.controls, session.controls.trainer
        assert trainer is not None
        if text:
            trainer.submit("beside", text)
        while not session.ended:
            session.step()
            rested_seconds += controls.frame.dt_seconds * any(status.eased for status in trainer.statuses)
            if not warm and controls.frame.seconds >= WARM_UP_SECONDS:
                controls.stats, warm = Stats(controls.stats.fps), True
        progress = trainer.statuses[0].progress if text else None
        problems = [problem.text for problem in session.problems]
        return session.report() | {
            "steps": progress.step if progress else 0,
            "rested_seconds": rested_seconds,
            "problems": problems,
        }


def measured(arguments: argparse.Namespace, text: str) -> Figures:
    """Play one show in a process of its own and return its figures."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "benchmarks.trainer_beside_show", "--play", text]
        command += ["--seconds", str(arguments.seconds), "--backend", arguments.backend]
        done = subprocess.run(
            command, env=os.environ | {"CLAVILUX_HOME": home}, stdout=subprocess.PIPE, text=True, check=True
        )
        figures: Figures = json.loads(done.stdout.splitlines()[-1])
        return figures


def compare(arguments: argparse.Namespace, text: str) -> float:
    """Print one line a show and return the ratio of their p99."""
    p99: dict[bool, list[float]] = {False: [], True: []}
    print(f"{'show':>8} {'p50 ms':>8} {'p99 ms':>8} {'missed':>12} {'scale':>6} {'steps':>6} {'rested s':>9}")
    for _ in range(arguments.rounds):
        for beside in (False, True):
            got = measured(arguments, text if beside else "")
            if beside and not got["steps"]:
                raise SystemExit(f"the job made no step, nothing to compare: {'; '.join(got['problems'])}")
            p99[beside].append(got["frame_ms"]["p99"])
            print(
                f"{'with job' if beside else 'alone':>8} {got['frame_ms']['p50']:8.1f} {got['frame_ms']['p99']:8.1f}"
                f" {got['missed']:5} of {got['frames']:4} {got['scale']['mean']:6.2f} {got['steps']:6}"
                f" {got['rested_seconds']:9.1f}"
            )
            for problem in got["problems"]:
                print(f"         {problem}")
    return statistics.median(p99[True]) / statistics.median(p99[False])


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--experiment", type=Path)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.play is not None:
        settings = Settings(headless=True, seconds=WARM_UP_SECONDS + arguments.seconds, backend=arguments.backend)
        print(json.dumps(play(settings, arguments.play)))
        return 0
    ratio = compare(arguments, arguments.experiment.read_text("utf-8") if arguments.experiment else EXPERIMENT)
    print(f"p99 with a job / alone: {ratio:.2f}, claim: at most {CLAIM}")
    return int(ratio > CLAIM)


if __name__ == "__main__":
    sys.exit(main())
