"""`clavilux train`: from words or a picture to a style, in the foreground. Ctrl+C keeps the best so far."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from app import files, paths, yaml_lines
from app.commands.train_bar import Bar
from app.problems import UserError, nearest
from app.training import foreground, pictures, store
from app.training.documents import joined
from app.training.experiment import SIDES, Experiment
from app.training.experiment_file import load_experiment, tried_experiment
from app.training.experiment_text import to_yaml
from app.training.fields import split
from app.training.judges.judge import JUDGES
from app.training.progress import Job
from app.training.recipe import name_of, recipe_text

INCOMING = Path("-")
GUIDE, WITNESS = "builtin", "builtin-witness"
LEAST_PX, MOST_PX = SIDES[0], SIDES[1] * 9 // 16
"""The lowest and highest picture of 16:9 whose sides an experiment may have."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; see `app.cli`."""

    prompt: str
    avoid: str
    image: Path | None
    loud: str
    output: str
    judge: str | None
    held_out: str | None
    allow_same_judge: bool
    hidden_dim: int | None
    layers: int | None
    activation: str | None
    steps: int | None
    resolution: str
    seed: int | None
    experiment: tuple[Path, ...]
    audio: Path | None
    judge_weights: Path | None
    out_dir: Path | None
    report: Path | None


def train(order: Order) -> None:
    """Train one style and say where it lies. `UserError` in one line for whatever can't be done."""
    if order.report:
        files.check_place(order.report)
    base = order.experiment[0].parent if order.experiment else Path()
    _check(order)
    text = _with(order, _from_file(order) if order.experiment else _from_words(order))
    asked = tried_experiment(text, _where(order), base)
    folder, name = _place(order, asked)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}; choose another --out-dir") from None
    job = foreground.open_job(paths.data("jobs"), name, text, folder.absolute(), base.absolute())
    if asked.verbose and job.name != name:
        Console(stderr=True).print(f"the style is named '{job.name}'", soft_wrap=True, markup=False)
    with Bar(folder, job.name, asked.verbose, asked.snapshot_interval) as bar:
        ended = foreground.train(job, bar.take)
    if ended.result is None:
        raise UserError(_unfinished(job, ended.problem))
    if asked.verbose:
        Console(stderr=True).print(f"{ended.result}", soft_wrap=True, markup=False)
    if order.report:
        files.write_json(order.report, bar.report(job.name, ended))
    if ended.problem:
        raise UserError(ended.problem)


def _unfinished(job: Job, problem: str) -> str:
    """Return what is told of a run that ended without a style: if something of it is kept, that it will go on."""
    if not problem:
        return f"'{job.name}' was stopped; the same command goes on from its last checkpoint"
    kept = (job.folder / store.CHECKPOINT).exists()
    return f"{problem}; what was trained is kept, the same command goes on from there" if kept else problem


def _check(order: Order) -> None:
    """Refuse what the command line names wrongly by the option that it was typed with, before any work."""
    if order.image is not None:
        _named("--image", pictures.check, order.image)
    for option, path in (("--audio", order.audio), ("--judge-weights", order.judge_weights)):
        if path is not None and not path.is_file():
            raise UserError(f"{option} {path}: no such file")
    guides = split(order.judge) if order.judge is not None else []  # several may guide in turns
    for option, names, known in (
        ("--judge", guides, tuple(JUDGES)), ("--held-out", [order.held_out or "none"], (*JUDGES, "none")),
    ):  # fmt: skip
        for name in names:
            if name not in known:
                raise UserError(f"{option}: unknown judge '{name}'{nearest(name, known)}; see `clavilux judge list`")


def _named(option: str, check: Callable[[Path], None], path: Path) -> None:
    try:
        check(path)
    except UserError as error:
        raise UserError(f"{option} {error}") from None


def _where(order: Order) -> str:
    return " + ".join(map(str, order.experiment)) or "the prompt's experiment"


def _place(order: Order, asked: Experiment) -> tuple[Path, str]:
    """Return folder and name of the style: as the command line says, else the experiment's `output`, else its words.

    An `output` that ends with / is a folder, otherwise its last part is the name, as in CLIPig (`out/blue.png`). It
    lies below the current folder: a stranger's experiment writes nowhere else.
    """
    folder, _, last = asked.output.rpartition("/")
    if asked.output.startswith(("/", "~")) or ".." in asked.output.split("/"):
        raise UserError(f"{_where(order)}: output: '{asked.output}' leads out of this folder; say it with --out-dir")
    words = order.prompt or (order.image.stem if order.image else "")
    told = order.experiment and order.experiment[0] != INCOMING
    usual = asked.style.name or (order.experiment[0].stem if told else name_of(words or asked.prompt))
    within = Path(folder) if folder else None
    return order.out_dir or within or paths.data("styles"), order.output or Path(last).stem or usual


def _from_words(order: Order) -> str:
    judge = order.judge or GUIDE
    held_out = order.held_out or (GUIDE if judge == WITNESS else WITNESS)
    if held_out == judge and not order.allow_same_judge:
        raise UserError(
            f"'{judge}' would judge what it guided itself; name another with --held-out, or --allow-same-judge"
        )
    image = order.image and order.image.absolute()
    return recipe_text(order.prompt, avoid=order.avoid, loud=order.loud, image=image, judge=judge, held_out=held_out)


def _from_file(order: Order) -> str:
    """Return the text of what --experiment names; "-" is what comes in."""
    if order.prompt or order.avoid or order.loud or order.image:
        raise UserError("give either words or --experiment, not both; the words stand in the experiment's targets")
    if len(order.experiment) > 1 and INCOMING in order.experiment:
        raise UserError("--experiment -: what comes in stands alone; files are merged by their names")
    if len(order.experiment) > 1:
        return to_yaml(load_experiment(order.experiment))
    return _incoming() if order.experiment[0] == INCOMING else yaml_lines.text_of(order.experiment[0])


def _incoming() -> str:
    data = sys.stdin.buffer.read(yaml_lines.MAX_BYTES + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UserError(f"-: cannot be read: {error}") from None


def _with(order: Order, text: str) -> str:
    """Return an experiment as it was written, and behind it what the command line adds."""
    network = {"width": order.hidden_dim, "depth": order.layers, "activation": order.activation}
    asked: dict[str, object] = {
        "judges": order.judge, "held_out": order.held_out, "allow_same_judge": order.allow_same_judge or None,
        "epochs": order.steps, "seed": order.seed, "style": _given(network) or None,
        "resolution": _pyramid(order.resolution) if order.resolution else None,
        "judge_weights": order.judge_weights and str(order.judge_weights.absolute()),
        "sound": {"audio": str(order.audio.absolute())} if order.audio else None,
    }  # fmt: skip
    more = _given(asked)
    return joined(text, yaml.safe_dump(more), "the command line") if more else text


def _given(things: Mapping[str, object]) -> dict[str, object]:
    return {name: thing for name, thing in things.items() if thing is not None}


def _pyramid(text: str) -> list[str]:
    """Return a resolution (16:9) that grows over the run: "256,512" spends three fifths on the first."""
    try:
        sides = [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--resolution {text}: write one or several heights, such as 256,512") from None
    for side in sides:
        if not LEAST_PX <= side <= MOST_PX:
            raise UserError(f"--resolution {text}: {side} is outside {LEAST_PX}..{MOST_PX} (heights of 16:9)")
    grown = str(sides[-1])
    for i, side in reversed(list(enumerate(sides[:-1]))):
        grown = f"({side} if t < {0.6 + 0.4 * i / max(1, len(sides) - 1):g} else {grown})"
    return [f"{grown} * 16 / 9", grown]
