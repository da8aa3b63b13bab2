"""Claim: of trained styles at least 60 % are recognised by form alone, among 22 forms in the same colours.

A prompt for each form × seeds, judged by one that neither guided nor chose; ≥ 90 % on mixed lists as a guard. Beside
it what costs nothing: random networks, and what a run starts from before any step (a drawing that the network learned,
or the best of a search). Finished styles are kept in --keep and not trained again, so a run may be cut and repeated.
Run: python -m benchmarks.palette_fixed --json OUT --keep DIR [--steps 120] [--prompts 22] [--seeds 5] [--judge J]
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track as tracked
from rich.table import Table

from app import files
from app import style as styles
from app.problems import UserError
from app.style import Style
from app.training.credits import label
from app.training.evaluate.speed import machine
from app.training.judges.judge import open_judge
from benchmarks.trained import Bench, Train, arguments, form_prompts, shares, trainer, unchanged

WANTED, GUARD = 0.6, 0.9
LISTS = ("palette_fixed", "mixed")
Row = dict[str, Any]


def pair(folder: Path, prompt: str, seed: int, train: Train) -> tuple[Style, Style]:
    """Return the trained style and the one it started from, from `folder` where they are there already."""
    name = f"{prompt.replace(' ', '_')}-{seed}"
    end, start = (folder / f"{name}{suffix}.safetensors" for suffix in ("", ".start"))
    try:
        return styles.load(end), styles.load(start)
    except UserError:
        run = train(prompt, seed, unchanged)
        styles.save(run.start, start)
        styles.save(run.style, end)
        return run.style, run.start


def judged(bench: Bench, prompt: str, seed: int, stage: str, style: Style) -> list[Row]:
    """Return a row for each list, in colour and in greyscale."""
    rows = []
    for colours, found in bench.scores(style, prompt).items():
        for name in LISTS:
            ranking = getattr(found, name)
            if ranking is not None:
                rows.append({
                    "prompt": prompt, "seed": seed, "stage": stage, "list": name, "colours": colours,
                    "rank": ranking.rank, "hit": ranking.rank == 1, "top": ranking.top, "z": found.random.z,
                    "random": ranking.random_first, "chance": ranking.chance,
                })  # fmt: skip
    return rows


def measure(prompts: Sequence[str], seeds: Sequence[int], folder: Path, train: Train, bench: Bench) -> list[Row]:
    """Train (or load) and judge everything."""
    rows: list[Row] = []
    for prompt, seed in tracked([(prompt, seed) for seed in seeds for prompt in prompts], "training"):
        trained, start = pair(folder, prompt, seed, train)
        rows += judged(bench, prompt, seed, "trained", trained) + judged(bench, prompt, seed, "start", start)
    return rows


def table(rows: Sequence[Row]) -> Table:
    """Return R-precision by list, colours and stage, with its spread between seeds and what costs nothing."""
    shown = Table("list", "colours", "trained", "start, 0 steps", "random nets", "guess", box=None)
    for name in LISTS:
        for colours in ("colour", "grey"):
            mine = [row for row in rows if (row["list"], row["colours"]) == (name, colours)]
            if mine:
                stages = (shares(hits(mine, stage)) for stage in ("trained", "start"))
                free = [f"{float(np.mean([row[key] for row in mine])):.2f}" for key in ("random", "chance")]
                shown.add_row(name, colours, *(f"{mean:.2f} ± {sd:.2f}" for mean, sd in stages), *free)
    return shown


def hits(rows: Sequence[Row], stage: str) -> list[tuple[int, bool]]:
    """Return (seed, hit) of one stage."""
    return [(row["seed"], row["hit"]) for row in rows if row["stage"] == stage]


def by_prompt(rows: Sequence[Row]) -> Table:
    """Return how often each prompt was recognised by form, and what it was taken for most often."""
    shown = Table("prompt", "hits", "hits, grey", "most often", box=None)
    for prompt in dict.fromkeys(row["prompt"] for row in rows):
        mine = [r for r in rows if (r["prompt"], r["stage"], r["list"]) == (prompt, "trained", "palette_fixed")]
        tops = [row["top"] for row in mine if row["colours"] == "colour"]
        counts = (sum(row["hit"] for row in mine if row["colours"] == colours) for colours in ("colour", "grey"))
        shown.add_row(prompt, *map(str, counts), max(tops, key=tops.count, default="–"))
    return shown


def main() -> int:
    """Print and write the figures; return 1 if a claim doesn't hold here."""
    parser = arguments(__doc__ or "", steps=120, prompts=22, seeds=5)
    parser.add_argument("--keep", type=Path, required=True, help="folder for the styles")
    options = parser.parse_args()
    files.check_place(options.json)
    judges = {name: open_judge(name) for name in (options.guide, options.judge)}
    train = trainer(judges, options.guide, "", options.steps)
    bench = Bench(judges[options.judge])
    rows = measure(form_prompts(options.prompts), range(options.seeds), options.keep, train, bench)
    guide, judge = (label(judges[name].info) for name in (options.guide, options.judge))
    about = {"guide": guide, "judge": judge, "steps": options.steps, "machine": machine()}
    files.write_json(options.json, {**about, "rows": rows})
    console = Console(width=130)
    for shown in (table(rows), by_prompt(rows)):
        console.print(shown)
    reached = {name: shares(hits([r for r in rows if (r["list"], r["colours"]) == (name, "colour")], "trained"))[0]
               for name in LISTS}  # fmt: skip
    return int(reached["palette_fixed"] < WANTED or reached["mixed"] < GUARD)


if __name__ == "__main__":
    sys.exit(main())
