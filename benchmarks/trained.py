"""What the training benchmarks share: training a style in this process, judging it, and telling variants apart.

Every figure is told with its spread over prompts and seeds; a difference within it means nothing.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track as tracked
from rich.table import Table

from app import files
from app.audio.demo import TRACK
from app.style import Style
from app.training.credits import label
from app.training.evaluate.evaluation import STILLS
from app.training.evaluate.eye import STILL_PX, Eye, Vectors
from app.training.evaluate.frames import draw, greyscale, spread
from app.training.evaluate.page.read import comparison
from app.training.evaluate.parity import fp16_parity
from app.training.evaluate.prompts import FORM_WORDS, shipped
from app.training.evaluate.scores import Scores, Seen, scores
from app.training.evaluate.speed import machine, speeds
from app.training.evaluate.tracks import hear
from app.training.experiment import Experiment
from app.training.judges.judge import Judge, open_judge

ENOUGH = 0.95
"""Of the way from the start to the best: the time to get there is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A trained style, the network it started from (best of the search, no step), and the processor time it took."""

    style: Style
    start: Style
    seconds: float
    enough_seconds: float


Change = Callable[[Experiment], Experiment]
Train = Callable[[str, int, Change], Run]
"""Prompt, seed, what to change of the recipe's experiment."""


def unchanged(experiment: Experiment) -> Experiment:
    """The recipe as it is."""
    return experiment


def trainer(judges: Mapping[str, Judge], guide: str, judge: str, steps: int) -> Train:
    """Return what trains a style by the usual recipe; `judge` keeps the best ("" for nobody)."""
    from app.training.experiment_file import read_experiment
    from app.training.recipe import recipe_text

    def train(prompt: str, seed: int, change: Change) -> Run:
        text = recipe_text(prompt, judge=guide, held_out=judge, epochs=steps, seed=seed)
        return carried_out(change(read_experiment(text, "recipe", Path())), judges)

    return train


def carried_out(experiment: Experiment, judges: Mapping[str, Judge]) -> Run:
    """Train one experiment to its end in this process."""
    from app.training.loop import Training

    began, start, curve, style = time.process_time(), None, [], None
    for progress in Training(experiment, judges).steps():
        if progress.step == 0 and progress.style is not None:
            start = progress.style
        curve.append((time.process_time() - began, progress.guide))
        style = progress.style or style
    assert style is not None
    return Run(style, start or style, curve[-1][0], reached(curve))


def reached(curve: Sequence[tuple[float, float]]) -> float:
    """Return when a curve of (seconds, similarity) had made `ENOUGH` of its way from the first to the best."""
    first, best = curve[0][1], max(value for _, value in curve)
    return next(seconds for seconds, value in curve if value >= first + ENOUGH * (best - first))


class Bench:
    """A judge and the moments it looks at: those of `clavilux evaluate` on the demo track."""

    def __init__(self, judge: Judge) -> None:
        self.moments = spread([hear(TRACK)], STILLS)
        self.eye = Eye(judge, self.moments)
        self.prompts = shipped("mixed")

    def scores(self, style: Style, prompt: str) -> dict[str, Scores]:
        """Judge a style in colour and in greyscale."""
        film = draw(style, self.moments, STILL_PX)
        return {"colour": self._scores(style, film, prompt, False), "grey": self._scores(style, film, prompt, True)}

    def _scores(self, style: Style, film: Any, prompt: str, grey: bool) -> Scores:
        own: Vectors = self.eye.pictures(greyscale(film) if grey else film)
        seen = Seen(own, self.eye.random(style, grey=grey), np.zeros((0, own.shape[1])))
        return scores(self.eye, seen, prompt, self.prompts)


def form_prompts(count: int) -> list[str]:
    """Return up to 22 prompts, each another form, in turns of the palettes that ship."""
    palettes = shipped("palette_fixed")
    return [f"{palettes[i % len(palettes)]} {word}" for i, word in enumerate(list(FORM_WORDS.values())[:count])]


def figures(bench: Bench, run: Run, prompt: str) -> dict[str, float]:
    """Return what is told of a trained style when variants are compared."""
    found = bench.scores(run.style, prompt)
    colour, grey = found["colour"], found["grey"]
    told = {"cosine": colour.cosine, "z": colour.random.z, "grey z": grey.random.z}
    for name, ranking in (("form first", colour.palette_fixed), ("form first, grey", grey.palette_fixed)):
        if ranking is not None:
            told[name] = float(ranking.rank == 1)
    fps = [speed.fps for speed in speeds(run.style) if speed.backend == "cpu"]
    return told | {
        "fp16 levels": fp16_parity(run.style, bench.moments[::8]).worst_levels,
        "parameters": float(run.style.arch.parameter_count),
        "fps cpu": fps[0],
        "processor seconds": run.seconds,
        "processor seconds to 95 %": run.enough_seconds,
    }


def compared(
    variants: Mapping[str, Change],
    prompts: Sequence[str],
    seeds: Sequence[int],
    train: Train,
    bench: Bench,
    cpu_seconds: float = float("inf"),
) -> Iterator[list[dict[str, Any]]]:
    """Train every variant on every prompt and seed; yield all rows so far after each round of all variants.

    Variants take turns, so that a busy hour slows all alike. No round begins that would go beyond `cpu_seconds` of
    this process if it took as long as those before.
    """
    rows: list[dict[str, Any]] = []
    rounds = [(prompt, seed) for prompt in prompts for seed in seeds]
    began = time.process_time()
    for done, (prompt, seed) in enumerate(tracked(rounds, "rounds of all variants")):
        if done and (time.process_time() - began) * (done + 1) / done > cpu_seconds:
            break
        for name, variant in variants.items():
            run = train(prompt, seed, variant)
            rows.append({"variant": name, "prompt": prompt, "seed": seed, "figures": figures(bench, run, prompt)})
        yield rows


def arguments(description: str, steps: int, prompts: int, seeds: int) -> argparse.ArgumentParser:
    """Return the options that all training benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--guide", default="builtin")
    parser.add_argument("--judge", default="builtin-witness", help="who scores; the best is not chosen by it")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--prompts", type=int, default=prompts, help="how many of the 22 forms")
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--json", type=Path, required=True)
    return parser


def comparison_main(title: str, description: str, variants: Mapping[str, Change], steps: int) -> int:
    """Run a comparison from the command line: table on stdout, JSON for `clavilux evaluate --comparison`."""
    parser = arguments(description, steps, prompts=4, seeds=3)
    parser.add_argument("--only", nargs="+", choices=list(variants), default=list(variants))
    parser.add_argument("--search", type=int, default=84, help="random networks to choose the start from")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of processor time; then it ends early")
    options = parser.parse_args()
    files.check_place(options.json)
    judges = {name: open_judge(name) for name in (options.guide, options.judge)}
    chosen = {name: _searching(options.search, variants[name]) for name in options.only}
    train = trainer(judges, options.guide, "", options.steps)
    asked = (form_prompts(options.prompts), range(options.seeds))
    for rows in compared(chosen, *asked, train, Bench(judges[options.judge]), 60.0 * options.minutes):
        done = len(rows) // len(chosen)
        note = (
            f"{options.steps} steps each after a search of {options.search}, {done} of {options.prompts} prompts × "
            f"{options.seeds} seeds; guide {label(judges[options.guide].info)}, judge "
            f"{label(judges[options.judge].info)}; {machine()}"
        )
        files.write_json(options.json, {"title": title, "note": note, "rows": rows})
    Console(width=150).print(_table(options.json))
    return 0


def _searching(count: int, change: Change) -> Change:
    """Return a variant that begins with a search of `count`, unless it says itself how it begins."""
    return lambda experiment: change(replace(experiment, search=count))


def _table(path: Path) -> Table:
    found = comparison(path)
    names = list(dict.fromkeys(name for figures in found.variants.values() for name in figures))
    table = Table("variant", *names, title=f"{found.title}: {found.note}", box=None)
    for variant, told in found.variants.items():
        table.add_row(variant, *(f"{told[n].mean:.3g} ± {told[n].sd:.2g}" if n in told else "–" for n in names))
    return table


def shares(hits: Sequence[tuple[int, bool]]) -> tuple[float, float]:
    """Return the share of hits and its standard deviation between seeds, of (seed, hit)."""
    by_seed = list(_by_seed(hits))
    return float(np.mean([hit for _, hit in hits])), float(np.std(by_seed, ddof=1)) if len(by_seed) > 1 else 0.0


def _by_seed(hits: Sequence[tuple[int, bool]]) -> Iterator[float]:
    for seed in sorted({seed for seed, _ in hits}):
        yield float(np.mean([hit for other, hit in hits if other == seed]))
