"""`clavilux train`: from words or a picture to a style, in the foreground. Ctrl+C keeps the best so far."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app import files, paths
from app.problems import UserError
from app.style import Style
from app.training import foreground
from app.training.experiment_file import read_experiment
from app.training.experiment_text import to_yaml
from app.training.messages import Ended, Remark, Told
from app.training.progress import Progress as Step
from app.training.recipe import EPOCHS, name_of, recipe_text

PREVIEW_PX = (480, 270)
PREVIEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; see `app.cli`."""

    prompt: str
    avoid: str
    image: Path | None
    loud: str
    output: str
    judge: str
    held_out: str
    allow_same_judge: bool
    hidden_dim: int
    layers: int
    activation: str
    steps: int | None
    resolution: str
    seed: int
    experiment: Path | None
    audio: Path | None
    judge_weights: Path | None
    out_dir: Path | None
    report: Path | None


def train(order: Order) -> None:
    """Train one style and say where it lies. `UserError` in one line for whatever can't be done."""
    if order.report:
        files.check_place(order.report)
    base = order.experiment.parent if order.experiment else Path()
    text = _from_file(order) if order.experiment else _from_words(order)
    folder = order.out_dir or paths.data("styles")
    folder.mkdir(parents=True, exist_ok=True)
    name = order.output or (order.experiment.stem if order.experiment else name_of(order.prompt))
    job = foreground.open_job(paths.data("jobs"), name, text, folder.absolute(), base.absolute())
    with _Bar(folder, job.name) as bar:
        ended = foreground.train(job, bar.take)
    if ended.result is None:
        raise UserError(ended.problem or f"'{job.name}' was stopped; the same command goes on from its last checkpoint")
    Console(stderr=True).print(f"{ended.result}", soft_wrap=True)
    if order.report:
        files.write_json(order.report, bar.report(job.name, ended))


def _from_words(order: Order) -> str:
    if order.held_out == order.judge and not order.allow_same_judge:
        raise UserError(
            f"'{order.judge}' would judge what it guided itself; name another with --held-out, or --allow-same-judge"
        )
    text = recipe_text(
        order.prompt, avoid=order.avoid, loud=order.loud, image=order.image and order.image.absolute(),
        judge=order.judge, held_out=order.held_out, width=order.hidden_dim, depth=order.layers,
        activation=order.activation, seed=order.seed, epochs=order.steps or EPOCHS,
    )  # fmt: skip
    return _with(order, text, Path())


def _from_file(order: Order) -> str:
    assert order.experiment is not None
    if order.prompt:
        raise UserError("give either a prompt or --experiment, not both; the words stand in the experiment's targets")
    try:
        with order.experiment.open(encoding="utf-8") as file:
            text = file.read(2**20)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{order.experiment}: cannot be read: {error}") from None
    return _with(order, text, order.experiment.parent)


def _with(order: Order, text: str, folder: Path) -> str:
    """Return an experiment with what the command line adds to it; as it was written if that is nothing."""
    more: dict[str, object] = {}
    if order.resolution:
        more["resolution"] = _pyramid(order.resolution)
    if order.judge_weights:
        more["judge_weights"] = str(order.judge_weights.absolute())
    if order.audio:
        more["sound"] = {"audio": str(order.audio.absolute())}
    if not more:
        return text
    where = str(order.experiment or "the prompt's experiment")
    return to_yaml(
        read_experiment(yaml.safe_dump(more), "the command line", folder, read_experiment(text, where, folder))
    )


def _pyramid(text: str) -> list[str]:
    """Return a resolution (16:9) that grows over the run: "256,512" spends three fifths on the first."""
    try:
        sides = [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--resolution {text}: write one or several heights, such as 256,512") from None
    grown = str(sides[-1])
    for i, side in reversed(list(enumerate(sides[:-1]))):
        grown = f"({side} if t < {0.6 + 0.4 * i / max(1, len(sides) - 1):g} else {grown})"
    return [f"{grown} * 16 / 9", grown]


@dataclass
class _Bar:
    """The progress bar, the log and the previews of one run."""

    folder: Path
    name: str
    steps: list[Step] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _pictured: float = 0.0

    def __enter__(self) -> "_Bar":
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[scores]}"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task: TaskID = self._bar.add_task(self.name, scores="")
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def take(self, told: Told) -> None:
        """Show one message."""
        if isinstance(told, Remark):
            self._bar.console.print(told.text, soft_wrap=True)
        if isinstance(told, Step):
            held = f"  held out {told.held_out:.1f}" if told.held_out is not None else ""
            scores = f"guide {told.guide:.1f}{held}  reaction {told.reaction:.2f}"
            self._bar.update(self._task, description=told.stage, completed=told.step, total=told.steps, scores=scores)
            self.steps.append(told)
            if told.style is not None and time.monotonic() - self._pictured > PREVIEW_SECONDS:
                self._pictured = time.monotonic()
                self._picture(told.style, told.step)

    def report(self, name: str, ended: Ended) -> dict[str, object]:
        """Return what --report writes."""
        last = self.steps[-1]
        return {
            "name": name, "style": str(ended.result), "seconds": round(time.monotonic() - self._started, 2),
            "steps": last.step, "guide": last.guide, "held_out": last.held_out, "reaction": last.reaction,
            "curve": [[s.step, round(s.seconds, 2), round(s.guide, 3), s.held_out] for s in self.steps],
            "matches": [asdict(match) for match in last.matches],
        }  # fmt: skip

    def _picture(self, style: Style, step: int) -> None:
        from app.cppn.reference import render
        from app.output import png

        width, height = PREVIEW_PX
        picture = render(style, width // 2, height // 2, float(step), (0.5,) * 9)
        folder = self.folder / "previews"
        folder.mkdir(exist_ok=True)
        png.write(folder / f"{self.name}-{step:04}.png", (picture * 255.0).round().astype("uint8"))
