"""Reading experiments: YAML in CLIPig's vocabulary, and Clavilux's own keys, to an `Experiment`. Any process.

Nothing here runs what it reads, and every mistake is one line with file, line and place. Files merge left to right:
a key that is given replaces, maps (`init`, `style`, `sound`) replace key by key, `targets` and `postproc` are appended.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from app import yaml_lines
from app.cppn.arch import ACTIVATIONS, DEPTHS, WIDTHS
from app.cppn.inputs import INPUTS, PIXEL_INPUTS
from app.problems import UserError
from app.training import plan
from app.training.documents import documents
from app.training.experiment import SIDES, Experiment, StylePlan
from app.training.expression_rules import TIME, WITH_RESOLUTION
from app.training.expressions import Value
from app.training.fields import MAX_STEP, Field, Reader, read_keys
from app.training.judges.judge import JUDGES
from app.training.target_file import CONSTRAINT, FEATURE, POSTPROC_KEYS, TARGET, postproc, targets
from app.training.trial import trial
from app.yaml_lines import Document

MODELS = {
    "RN50": "openai-rn50", "ViT-B/32": "openai-vit-b32", "ViT-B/16": "openai-vit-b16", "ViT-L/14": "openai-vit-l14",
}  # fmt: skip
"""CLIPig's `model` → judge."""
OPTIMIZERS = {
    **{name: name for name in ("adam", "sgd", "adadelta", "rmsprop", "sparse_adam", "cmaes")}, "rmsprob": "rmsprop",
}  # fmt: skip
DEVICES = ("auto", "cpu", "cuda", "mps", *(f"cuda:{i}" for i in range(16)))


def read_experiment(text: str, where: str, folder: Path, base: Experiment | None = None) -> Experiment:
    """Read one experiment from YAML text; `where` names it in errors, relative files lie in `folder`.

    With a `base` the text is merged onto it. `UserError` with file and line for anything that is wrong.
    """
    return _asks(_merged(text, where, folder, base), where)


def tried_experiment(text: str, where: str, folder: Path) -> Experiment:
    """Read an experiment and try all its steps: what is wrong with a number at one of them is told now."""
    experiment = read_experiment(text, where, folder)
    for _ in trial(experiment):
        pass
    return experiment


def load_experiment(paths: Sequence[Path]) -> Experiment:
    """Read files and merge them left to right; relative files within them lie beside each."""
    experiment = None
    for path in paths:
        experiment = _merged(yaml_lines.text_of(path), str(path), path.parent, experiment)
    if experiment is None:
        raise UserError("no experiment file was given")
    return _asks(experiment, str(paths[-1]))


def _asks(experiment: Experiment, where: str = "experiment") -> Experiment:
    """Return the experiment if it has something to train towards that somebody can judge."""
    if not experiment.targets:
        raise UserError(f"{where}: no 'targets': at least one with a feature is needed")
    if experiment.held_out in experiment.judges and not experiment.allow_same_judge:
        fix = "name another, or none, or set allow_same_judge: true"
        raise UserError(f"{where}: held_out: '{experiment.held_out}' would judge what it guided itself; {fix}")
    plan.check(experiment, where)
    return experiment


def _merged(text: str, where: str, folder: Path, base: Experiment | None) -> Experiment:
    """Return `base` with all that the documents of a text give, one after the other."""
    experiment = base or Experiment(())
    for document in documents(text, where):
        experiment = _with(document, experiment, folder)
    return experiment


def _with(document: Document, base: Experiment, folder: Path) -> Experiment:
    """Return `base` with all that one document gives."""
    top = Field(document, (), document.data)
    if isinstance(document.data, dict) and "include" in document.data:
        top.child("include", None).refuse("unknown key; files are merged by giving --experiment several times")
    given = read_keys(top, {**TOP, **_sections(base, folder)}, "an experiment")
    if "model" in given and "judges" not in given:
        given["judges"] = (MODELS[given["model"]],)
    for name in ("targets", "postproc"):
        given[name] = getattr(base, name) + given.get(name, ())
    return replace(base, **given)


def _sections(base: Experiment, folder: Path) -> dict[str, Reader]:
    """Return the readers that need to know what is there already, or where files lie."""
    return {
        "init": lambda field: replace(base.init, **read_keys(field, _init_keys(folder), "init")),
        "style": lambda field: _style(field, base.style),
        "sound": lambda field: replace(base.sound, **read_keys(field, _sound_keys(folder), "sound")),
        "targets": partial(targets, folder=folder),
        "judge_weights": lambda field: field.file(folder),
    }


def _resolution(field: Field) -> tuple[Value, ...]:
    values = field.values((2,), TIME)
    for value in values:
        if value.number is not None and not SIDES[0] <= value.number <= SIDES[1]:
            field.refuse(f"{value.text} is outside {SIDES[0]}..{SIDES[1]} pixels")
    return values


def _snapshot_interval(field: Field) -> int | float:
    """Return an int (steps) as an int and a float (seconds) as a float."""
    number = field.real(0.0, MAX_STEP)
    whole = isinstance(field.data, int) or (isinstance(field.data, str) and field.data.strip().isdigit())
    return int(number) if whole else number


def _templates(field: Field) -> tuple[str, ...]:
    texts = field.texts()
    if not texts or any(text.count("{}") != 1 or len(text.split("{")) != 2 or text.count("}") != 1 for text in texts):
        field.refuse("each template holds {} once, where the words go")
    return texts


def _held_out(field: Field) -> str:
    return field.choice({"": "", "none": "", **{name: name for name in JUDGES}})


def _model(field: Field) -> str:
    field.choice(MODELS)
    return str(field.data)


TOP: dict[str, Reader] = {
    "verbose": lambda field: field.whole(0, 2),
    "output": lambda field: field.text(1000),
    "snapshot_interval": _snapshot_interval,
    "epochs": lambda field: field.whole(1, MAX_STEP),
    "start_epoch": lambda field: field.whole(0, MAX_STEP),
    "resolution": _resolution,
    "interpolation": lambda field: field.choice({name: name for name in ("cubic", "linear", "nearest")}),
    "model": _model,
    "judges": lambda field: field.names(JUDGES) or field.refuse("at least one judge is needed"),
    "held_out": _held_out,
    "allow_same_judge": lambda field: field.flag(),
    "device": lambda field: field.choice({name: name for name in DEVICES}),
    "learnrate": lambda field: field.value(WITH_RESOLUTION),
    "learnrate_scale": lambda field: field.value(WITH_RESOLUTION),
    "optimizer": lambda field: field.choice(OPTIMIZERS),
    "seed": lambda field: field.whole(0, 2**31 - 1),
    "sketches": lambda field: field.whole(0, 200),
    "search": lambda field: field.whole(0, 1000),
    "contrast": lambda field: field.real(0.0, 10.0),
    "augment": lambda field: field.real(0.0, 1.0),
    "templates": _templates,
    "postproc": lambda field: tuple(postproc(item) for item in field.items("effects")),
}
"""Every key at the top of an experiment, besides those of `_sections`."""


def _init_keys(folder: Path) -> dict[str, Reader]:
    return {
        "image": lambda field: field.file(folder, "picture"),
        "image_tensor": lambda field: field.refuse("a network has no pixels to go on from: use init.style instead"),
        "resolution": lambda field: tuple(int(side) for side in field.fixed((2,), *SIDES)),
        "mean": lambda field: field.fixed((3,), -10.0, 10.0),
        "std": lambda field: field.fixed((3,), 0.0, 10.0),
        "style": lambda field: field.text(1000),
    }


def _style_name(field: Field) -> str:
    name = field.text(80)
    if not name.isprintable() or set("/\\:") & set(name) or name.startswith("."):
        field.refuse(f"'{name}' cannot be the name of a style: no / \\ : and no dot in front")
    return name


def _inputs(field: Field) -> tuple[str, ...]:
    if field.data == "auto":
        return ()
    names = field.names(INPUTS)
    if not set(names) & set(PIXEL_INPUTS):
        field.refuse(f"at least one of {', '.join(PIXEL_INPUTS)} is needed: else every pixel has one colour")
    return names


STYLE: dict[str, Reader] = {
    "name": _style_name,
    "width": lambda field: field.whole(WIDTHS[0], WIDTHS[-1]),
    "depth": lambda field: field.whole(DEPTHS[0], DEPTHS[-1]),
    "activation": lambda field: field.choice({name: name for name in ACTIVATIONS}),
    "inputs": _inputs,
    "frequency": lambda field: field.real(0.0, 100.0),
    "speed": lambda field: field.real(0.0, 10.0),
    "author": lambda field: field.text(200),
    "licence": lambda field: field.text(200),
    "tags": lambda field: field.texts(),
}


def _style(field: Field, base: StylePlan) -> StylePlan:
    return replace(base, **read_keys(field, STYLE, "style"))


def _sound_keys(folder: Path) -> dict[str, Reader]:
    return {
        "reaction": _reaction,
        "weight": lambda field: field.real(0.0, 1000.0),
        "audio": lambda field: field.file(folder, "sound file"),
    }


def _reaction(field: Field) -> tuple[float, ...]:
    low, high = field.fixed((2,), 0.0, 10.0)
    if low > high:
        field.refuse(f"least and most reaction, not {low:g} and {high:g}")
    return low, high


def keys() -> dict[str, tuple[str, ...]]:
    """Return every key that an experiment may hold, by the map it stands in."""
    return {
        "": (*TOP, *_sections(Experiment(()), Path())),
        "init": tuple(_init_keys(Path())),
        "style": tuple(STYLE),
        "sound": tuple(_sound_keys(Path())),
        "targets": (*TARGET, "features"),
        "features": (*FEATURE, "image"),
        "constraints": tuple(CONSTRAINT),
        "postproc": tuple(POSTPROC_KEYS),
    }
