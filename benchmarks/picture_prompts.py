"""Claim: a style trained from a picture alone looks like that picture, more than like nine others.

Ten pictures that the program draws itself, the same on every machine: five forms in each of two palettes, so that
colour alone can't tell them apart, in turns by the guide's and by the held-out judge's own drawer. Each style is scored
by a judge that neither guided nor chose: its similarity to its picture, and the picture's place among the ten, beside
random networks and the network that training began with.
Run: python -m benchmarks.picture_prompts --json OUT [--steps 120] [--search 84] [--seeds 1] [--pictures DIR]
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track as tracked
from rich.table import Table

from app import files
from app.output import png
from app.style import Style
from app.training.credits import label
from app.training.evaluate.eye import STILL_PX, Vectors
from app.training.evaluate.frames import Film, draw, greyscale
from app.training.evaluate.scores import first, null, rank
from app.training.evaluate.speed import machine
from app.training.judges.judge import Judge, open_judge
from benchmarks.trained import Bench, Run, carried_out, shares

PICTURES = (
    ("guide", "blue and white stripes"), ("witness", "blue and white rings"), ("guide", "blue and white crystal"),
    ("witness", "blue and white waves"), ("guide", "blue and white grid"), ("witness", "red and yellow stripes"),
    ("guide", "red and yellow rings"), ("witness", "red and yellow crystal"), ("guide", "red and yellow waves"),
    ("witness", "red and yellow grid"),
)  # fmt: skip
"""The ten picture prompts: whose drawer draws them, and what. The words are never shown to a judge."""
SIDE_PX, FIRST_SEED = 256, 1000
Row = dict[str, Any]
Train = Callable[[Path, int], Run]


def prompts() -> Film:
    """Return the ten pictures, (10, 256, 256, 3)."""
    from app.training.judges.builtin.imagined import scene_of
    from app.training.judges.builtin.teach import drawer

    drawn = []
    for i, (kind, words) in enumerate(PICTURES):
        scene = scene_of(words, np.random.default_rng(FIRST_SEED + i))
        assert scene is not None, words
        plain = replace(scene, ground="", modifier="", attributes=())
        drawn.append(np.asarray(drawer(kind)([plain], SIDE_PX, FIRST_SEED + i))[0].transpose(1, 2, 0))
    return np.ascontiguousarray(np.stack(drawn))


def written(pictures: Film, folder: Path) -> list[Path]:
    """Write the pictures as files, as a person would give them."""
    paths = [folder / f"{i:02}_{words.replace(' ', '_')}.png" for i, (_, words) in enumerate(PICTURES)]
    for path, picture in zip(paths, pictures, strict=True):
        png.write(path, picture)
    return paths


def train(judges: Mapping[str, Judge], guide: str, steps: int, search: int, picture: Path, seed: int) -> Run:
    """Train a style from a picture alone by the usual recipe; nobody chooses a step."""
    from app.training.experiment_file import read_experiment
    from app.training.recipe import recipe_text

    text = recipe_text("", image=picture, judge=guide, held_out="", epochs=steps, seed=seed)
    return carried_out(replace(read_experiment(text, "recipe", picture.parent), search=search), judges)


def judged(bench: Bench, style: Style, wanted: Mapping[str, Vectors], own: int) -> list[Row]:
    """Return a row for colour and one for greyscale: cosine to the own picture, its z, its place among the ten."""
    film, rows = draw(style, bench.moments, STILL_PX), []
    for colours, vectors in wanted.items():
        grey = colours == "grey"
        seen = bench.eye.pictures(greyscale(film) if grey else film).mean(axis=0)
        nets = bench.eye.random(style, grey=grey).mean(axis=1) @ vectors.T
        near, chance = vectors @ seen, null(float(vectors[own] @ seen), nets[:, own])
        rows.append({
            "colours": colours, "cosine": float(near[own]), "random": chance.mean, "z": chance.z,
            "rank": rank(near, [own]), "hit": first(near, [own]), "taken for": PICTURES[int(near.argmax())][1],
            "random first": float(np.mean([first(net, [own]) for net in nets])),
        })  # fmt: skip
    return rows


def measure(
    pictures: Film, paths: Sequence[Path], seeds: Sequence[int], learn: Train, bench: Bench
) -> Iterator[list[Row]]:
    """Train from each picture with each seed, judge what came out and what it began with; yield all rows so far."""
    wanted = {"colour": bench.eye.pictures(pictures), "grey": bench.eye.pictures(greyscale(pictures))}
    rows: list[Row] = []
    for seed, own in tracked([(seed, own) for seed in seeds for own in range(len(paths))], "training"):
        run = learn(paths[own], seed)
        for stage, style in (("trained", run.style), ("start", run.start)):
            about = {"picture": PICTURES[own][1], "drawer": PICTURES[own][0], "seed": seed, "stage": stage}
            rows += [about | row for row in judged(bench, style, wanted, own)]
        yield rows


def table(rows: Sequence[Row]) -> Table:
    """Return retrieval and similarity by stage, in colour and in greyscale."""
    columns = ("colours", "stage", "first of ten", "by seed ±", "cosine", "random nets", "z", "random first")
    shown = Table(*columns, box=None)
    for colours in ("colour", "grey"):
        for stage in ("trained", "start"):
            mine = [row for row in rows if (row["colours"], row["stage"]) == (colours, stage)]
            hit, sd = shares([(row["seed"], row["hit"]) for row in mine])
            means = [float(np.mean([row[key] for row in mine])) for key in ("cosine", "random", "z", "random first")]
            shown.add_row(colours, stage, f"{hit:.2f}", f"{sd:.2f}", *(f"{mean:.2f}" for mean in means))
    return shown


def by_picture(rows: Sequence[Row]) -> Table:
    """Return each trained style's figures in colour and its rank in greyscale."""
    shown = Table("picture", "drawer", "seed", "cosine", "rank", "taken for", "rank, grey", box=None)
    trained = [row for row in rows if row["stage"] == "trained"]
    for colour, grey in zip(trained[::2], trained[1::2], strict=True):
        told = (f"{colour['cosine']:.2f}", str(colour["rank"]), colour["taken for"], str(grey["rank"]))
        shown.add_row(colour["picture"], colour["drawer"], str(colour["seed"]), *told)
    return shown


def main() -> int:
    """Print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guide", default="builtin")
    parser.add_argument("--judge", default="builtin-witness", help="who scores; the best is not chosen by it")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--search", type=int, default=84, help="random networks to choose the start from")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, help="also write the ten pictures into this folder")
    options = parser.parse_args()
    files.check_place(options.json)
    judges = {name: open_judge(name) for name in (options.guide, options.judge)}
    learn = partial(train, judges, options.guide, options.steps, options.search)
    guide, judge = (label(judges[name].info) for name in (options.guide, options.judge))
    about = {"guide": guide, "judge": judge, "steps": options.steps, "search": options.search, "machine": machine()}
    pictures, rows = prompts(), []
    with tempfile.TemporaryDirectory() as folder:
        paths = written(pictures, options.pictures or Path(folder))
        for rows in measure(pictures, paths, range(options.seeds), learn, Bench(judges[options.judge])):
            files.write_json(options.json, {**about, "rows": rows})  # what is cut short has been measured, too
    for shown in (table(rows), by_picture(rows)):
        Console(width=130).print(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
