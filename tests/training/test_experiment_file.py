"""Experiments from YAML: the whole vocabulary, merging, refusals, and back to text."""

import inspect
import shutil
import unicodedata
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app import paths, yaml_lines
from app.problems import UserError
from app.training.documents import joined
from app.training.entries import CONSTRAINTS, TRANSFORMS
from app.training.experiment import Experiment, Feature, Init, Moment, SoundPlan, StylePlan, Target
from app.training.experiment_file import (
    OPTIMIZERS,
    keys,
    load_experiment,
    read_experiment,
    tried_experiment,
)
from app.training.experiment_text import to_yaml
from app.training.expressions import constant
from app.training.trial import remarks

DATA = Path(__file__).parent / "data"
SPOON = "targets:\n  - features:\n      - text: a curly spoon\n"


def read(text: str, base: Experiment | None = None, folder: Path = DATA) -> Experiment:
    return read_experiment(text, "a.yaml", folder, base)


def walkthrough(number: int) -> str:
    return (DATA / f"walkthrough_{number:02d}.yaml").read_text("utf-8")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A folder with the picture that one of the walk-through's experiments goes on from."""
    (tmp_path / "docs/static/img").mkdir(parents=True)
    (tmp_path / "docs/static/img/hpl4-c.png").write_bytes(b"a picture")
    return tmp_path


def test_a_target_is_enough() -> None:
    assert read(SPOON) == Experiment((Target((Feature("a curly spoon"),)),))


def test_the_three_spellings_of_a_resolution_read_equal() -> None:
    base = read(SPOON)
    read_as = [read(walkthrough(number), base).resolution for number in (2, 3, 4)]
    assert read_as == [(constant(1024.0), constant(768.0))] * 3
    assert read(walkthrough(11), base).resolution == (constant(448.0),) * 2


@pytest.mark.parametrize("number", range(5, 14))
def test_every_experiment_of_the_walkthrough_reads_unchanged_and_writes_back(number: int, picture: Path) -> None:
    if number == 11:
        return  # one line, read above
    experiment = read(walkthrough(number), folder=picture)
    assert experiment.targets
    assert read(to_yaml(experiment)) == experiment


def test_what_the_walkthrough_asks_for(picture: Path) -> None:
    spoon = read(walkthrough(8)).targets[0]
    assert spoon.batch_size == constant(5.0)
    assert [t.name for t in spoon.transforms] == ["noise", "random_shift", "random_rotate"]
    assert [v.text for v in spoon.transforms[0].params["std"]] == ["0.1*ti"] * 3
    assert spoon.constraints[0].params["kernel_size"][0].text == "31*ti"
    last = read(walkthrough(13), folder=picture)
    assert last.epochs == 500 and last.resolution[0] == constant(672.0)
    assert last.init == Init(picture / "docs/static/img/hpl4-c.png", None, (0.0,) * 3, (1.0,) * 3)
    assert [effect.transform.name for effect in last.postproc] == ["mean"]
    assert last.targets[2].start == Moment(share=0.3) and last.targets[2].select == "best"
    assert [feature.weight.number for feature in last.targets[2].features] == [1.0, 0.5, 0.7, 0.8]
    assert last.targets[0].constraints[1].weight == constant(10.0)
    assert last.prompt.startswith("h.p. lovecraft at a birthday party / people at")


def test_fragments_of_the_walkthrough() -> None:
    assert yaml_lines.parse(walkthrough(1), Path("a.yaml")).data["a_map"]["second_key"] == "second value"
    stack = f"{SPOON}    transforms:\n{walkthrough(14).replace('  - ', '      - ')}"
    assert [t.name for t in read(stack).targets[0].transforms] == ["center_crop", "random_crop"]


def test_a_picture_that_is_not_there_is_named() -> None:
    with pytest.raises(
        UserError,
        match=r"^a.yaml:6: init.image: no such picture: docs/static/img/hpl4-c.png; put it into",
    ):
        read(walkthrough(13))


EVERYTHING = """
verbose: 1
output: out/
snapshot_interval: 10
epochs: 100*2
start_epoch: 5
resolution:
  - 224 if t < .2 else 448
  - 256
interpolation: linear
model: RN50
judges: builtin, openai-vit-b32
held_out: none
allow_same_judge: true
judge_weights: weights.pt
device: cuda:1
learnrate: 1.5 * width/224
learnrate_scale: 1-.95*t5
optimizer: rmsprob
seed: 7
sketches: 5
search: 0
contrast: 0
augment: .5
templates: ["{}", "a picture of {}"]
init: {image: a.png, resolution: 64, mean: .4, std: "1 2 3", style: aurora}
style: {name: My style, width: 64, depth: 3, activation: finer, inputs: "x y r loudness", frequency: 12,
        speed: .5, author: A, licence: CC0, tags: [warm, slow]}
sound: {reaction: .1 .3, weight: 2, audio: a.wav}
targets:
  - active: false
    name: first
    start: 10
    end: 90%
    weight: .5 + sim/100
    batch_size: 4
    select: mix
    feature_scale: fair
    when: loud
    features:
      - {text: "no", weight: -1, start: .1, end: .9, scale: ti, loss: mae}
      - {image: a.png, loss: spherical}
    transforms:
      - shift: [1, -.5]
      - random_shift: 0 1 -10 10
      - pad: {size: 3, mode: wrap}
      - blur: {kernel_size: "31*ti, 3", sigma: 2}
    constraints:
      - saturation: {above: .1, below: 0.3 .2 .1, weight: 10.*ti, start: 5, end: 50%, loss: l1}
  - features: [{text: waves}]
postproc:
  - {quantize: .1, active: false, start: 10%, end: 20}
  - border: {size: 1 1, color: 0.15 0.1 0.05}
"""


@pytest.fixture
def everything(tmp_path: Path) -> Experiment:
    for name in ("a.png", "a.wav", "weights.pt"):
        (tmp_path / name).write_bytes(b"x")
    return read(EVERYTHING, folder=tmp_path)


def test_every_key_is_read(everything: Experiment, tmp_path: Path) -> None:
    default = Experiment(())
    same = {
        field.name for field in fields(Experiment) if getattr(everything, field.name) == getattr(default, field.name)
    }
    assert same == set(), "each field of the experiment has been given"
    assert everything.epochs == 200 and everything.resolution[1] == constant(256.0)
    assert everything.model == "RN50" and everything.judges == ("builtin", "openai-vit-b32")
    assert everything.held_out == "" and everything.optimizer == "rmsprop" and everything.device == "cuda:1"
    assert everything.snapshot_interval == 10 and isinstance(everything.snapshot_interval, int)
    assert everything.init == Init(tmp_path / "a.png", (64, 64), (0.4,) * 3, (1.0, 2.0, 3.0), "aurora")
    style = StylePlan("My style", 64, 3, "finer", ("x", "y", "r", "loudness"), 12.0, 0.5, "A", "CC0", ("warm", "slow"))
    assert everything.style == style
    assert everything.sound == SoundPlan((0.1, 0.3), 2.0, tmp_path / "a.wav")
    target = everything.targets[0]
    assert (target.active, target.name, target.when) == (False, "first", "loud")
    assert (target.start, target.end) == (Moment(step=10), Moment(share=0.9))
    assert (target.select, target.feature_scale) == ("mix", "fair")
    assert target.features[0].text == "no" and target.features[0].loss == "l1"
    assert target.features[1].image == tmp_path / "a.png"
    assert target.transforms[2].words == {"mode": "wrap"}
    assert target.transforms[2].params["color"] == (constant(0.0),) * 3, "defaults are filled in"
    assert len(target.transforms[1].params["offset"]) == 4
    constraint = target.constraints[0]
    assert constraint.loss == "l1" and constraint.end == Moment(share=0.5) and constraint.weight.text == "10.*ti"
    assert everything.postproc[0].end == Moment(step=20) and not everything.postproc[0].active


def test_all_of_it_writes_back(everything: Experiment) -> None:
    assert read(to_yaml(everything)) == everything
    assert isinstance(read(to_yaml(everything)).snapshot_interval, int)
    assert isinstance(read(to_yaml(replace(everything, snapshot_interval=10.0))).snapshot_interval, float)


def test_lines_are_kept_for_what_goes_wrong_later(everything: Experiment) -> None:
    assert [transform.place.split(":")[1] for transform in everything.targets[0].transforms] == [
        "44", "45", "46", "47",
    ]  # fmt: skip


def test_the_keys_are_those_of_the_data() -> None:
    known = keys()
    assert set(known[""]) == {field.name for field in fields(Experiment)}
    assert set(known["targets"]) == {field.name for field in fields(Target)} - {"place"}
    assert set(known["features"]) == {field.name for field in fields(Feature)} - {"place"}
    assert set(known["style"]) == {field.name for field in fields(StylePlan)}
    assert set(known["sound"]) == {field.name for field in fields(SoundPlan)}
    assert set(known["init"]) == {field.name for field in fields(Init)} | {"image_tensor"}


def test_keys_below_a_dash_belong_to_its_entry() -> None:
    misplaced = SPOON + "  weight: 2\n  transforms:\n    - shift: 1\n\n    - add: 2\npostproc:\n- add: 1\n"
    right = SPOON + "    weight: 2\n    transforms:\n    - shift: 1\n    - add: 2\npostproc:\n- add: 1\n"
    assert read(misplaced) == read(right)
    with pytest.raises(UserError, match=r"a.yaml:7: targets\[0\].transforms\[0\].shft: unknown"):
        read("\n" + misplaced.replace("shift", "shft"))
    for broken in (f"{SPOON}  weight: [", "a:\n- b\n- ]"):
        with pytest.raises(UserError, match=r"a.yaml:\d: .*expected"):
            read(broken)


def test_a_model_of_clipig_is_a_judge() -> None:
    assert read("model: ViT-B/32\n" + SPOON).judges == ("openai-vit-b32",)
    with pytest.raises(UserError, match=r"a.yaml:1: model: unknown 'ViT-B/99'; did you mean 'ViT-B/"):
        read("model: ViT-B/99\n" + SPOON)


def test_files_merge_left_to_right(tmp_path: Path) -> None:
    flat = SPOON.replace("curly", "flat")
    (tmp_path / "one.yaml").write_text("epochs: 10\ninit: {mean: .2}\nstyle: {width: 64}\n" + SPOON)
    (tmp_path / "two.yaml").write_text("epochs: 20\ninit: {std: .3}\nstyle: {depth: 3}\n" + flat)
    merged = load_experiment([tmp_path / "one.yaml", tmp_path / "two.yaml"])
    assert merged.epochs == 20 and merged.init == Init(mean=(0.2,) * 3, std=(0.3,) * 3)
    assert (merged.style.width, merged.style.depth) == (64, 3)
    assert [target.features[0].text for target in merged.targets] == ["a curly spoon", "a flat spoon"]
    assert read("epochs: 5", merged) == replace(merged, epochs=5)


def test_a_guide_may_judge_itself_if_that_is_asked_for() -> None:
    assert read("held_out: builtin\nallow_same_judge: true\n" + SPOON).held_out == "builtin"
    assert read("judges: builtin-witness\nheld_out: none\n" + SPOON).held_out == ""
    asked = read(joined("held_out: builtin\n" + SPOON, "judges: openai-rn50", "b"))
    assert (asked.judges, asked.held_out) == (("openai-rn50",), "builtin")


def test_files_that_ask_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("epochs: 10\n")
    with pytest.raises(UserError, match=r"settings.yaml: no 'targets'"):
        load_experiment([path])
    with pytest.raises(UserError, match="no such file"):
        load_experiment([tmp_path / "none.yaml"])
    with pytest.raises(UserError, match="no experiment"):
        load_experiment([])
    with pytest.raises(UserError, match="larger than"):
        read("#" * 2_000_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch: 3", "a.yaml:1: epoch: unknown key 'epoch' of an experiment; did you mean 'epochs'?"),
        ("include: b.yaml", "a.yaml:1: include: unknown key; files are merged by giving --experiment several times"),
        ("epochs: many", "a.yaml:1: epochs: a whole number is needed here, not text 'many'"),
        ("epochs: 0", "a.yaml:1: epochs: 0 is outside 1..1000000"),
        ("resolution: 8", "a.yaml:1: resolution: 8 is outside 16..4096 pixels"),
        ("resolution: width", "a.yaml:1: resolution: column 1: 'width' is not known yet"),
        ("resolution: 1 2 3", "a.yaml:1: resolution: 1 or 2 values are needed, not 3"),
        ("learnrate: sim", "'sim' is not known yet"), ("device: gpu", "a.yaml:1: device: unknown 'gpu'"),
        ("optimizer: adm", "did you mean 'adam'?"), ("judges: clip", "a.yaml:1: judges: unknown 'clip'"),
        ("judges: []", "at least one judge"), ("templates: hello", "holds {} once"), ("templates: '{0}{}'", "holds {}"),
        ("held_out: builtin\n" + SPOON, "held_out: 'builtin' would judge what it guided itself; name another, or none"),
        ("judges: builtin-witness\n" + SPOON, "a.yaml: held_out: 'builtin-witness' would judge"),
        ("init: {image_tensor: [1]}", "a.yaml:1: init.image_tensor: a network has no pixels"),
        ("init: {image: 'http://x.org/a.png'}", "download the picture"), ("init: 3", "a map (init) is needed here"),
        ("style: {width: 7}", "a.yaml:1: style.width: 7 is outside 8..256"), ("style: {width: 10000}", "8..256"),
        ("style: {depth: 9}", "outside 1..8"), ("style: {activation: relu}", "unknown 'relu'"),
        ("style: {inputs: t}", "at least one of x, y"), ("style: {name: ../x}", "cannot be the name"),
        ("sound: {reaction: .4 .1}", "least and most"), ("targets: {}", "a list of targets is needed here, not a map"),
        ("targets: [3]", "a.yaml:1: targets[0]: a map (a target) is needed here, not a number '3'"),
        ("targets: [{}]", "targets[0]: asks for nothing"), ("targets: [{featurs: []}]", "did you mean 'features'?"),
        ("targets: [{features: [{}]}]", "exactly one of the two"), ("targets: []", "no 'targets'"),
        ("targets: [{features: [{text: a, image: b}]}]", "no such picture: b"),
        ("targets: [{features: [{text: ''}]}]", "features[0].text: the text is empty"),
        ("targets: [{features: [{text: a, loss: l3}]}]", "unknown 'l3'"),
        ("targets: [{batch_size: 0, features: [{text: a}]}]", "0 is outside 1..1024"),
        ("targets: [{transforms: [{nose: .1}]}]", "transforms[0].nose: unknown 'nose'; did you mean 'noise'?"),
        ("targets: [{transforms: [noise]}]", "'name: value' of one of the transforms"),
        ("targets: [{transforms: [{noise: null}]}]", "noise needs std"),
        ("targets: [{transforms: [{noise: {sd: 1}}]}]", "unknown key 'sd' of 'noise'"),
        ("targets: [{transforms: [{noise: sim}]}]", "'sim' is not known yet"),
        ("targets: [{transforms: [{border: 1}]}]", "a map (size, color) is needed here, not a number '1'"),
        ("targets: [{transforms: [{pad: {size: 1, mode: fil}}]}]", "did you mean 'fill'?"),
        ("targets: [{transforms: [{crop: 1 2}]}]", "1 or 4 values are needed, not 2"),
        ("targets: [{constraints: [{mean: {weight: 2}}]}]", "mean needs above or below"),
        ("targets: [{constraints: [{blur: 3}]}]", "a map (kernel_size, sigma)"),
        ("targets: [{constraints: [{rotate: 3}]}]", "unknown 'rotate'"),
        ("postproc: [{center_crop: 10}]", "'center_crop' changes the picture's size"),
        ("postproc: [{start: 10}]", "exactly one effect"), ("postproc: [{add: 1, mul: 2}]", "exactly one effect"),
        ("a: &x [*x]", "a.yaml:1: '*x': aliases are not allowed"), ("a: !!python/name:os.system x", "tags are not"),
        ("epochs: 3\nepochs: 4", "a.yaml:2: 'epochs' is given twice"), ("- a", "a map (an experiment)"),
        ("epochs: [", "a.yaml:"), ("hello", "a map (an experiment)"), ("", "no 'targets'"),
        ("targets: [{active: false, features: [{text: a}]}]", "a.yaml: targets: none is active"),
        ("targets: [{constraints: [{std: {above: 1}}]}]", "a.yaml: targets: none asks for a feature"),
        (SPOON + "start_epoch: 300", "a.yaml: start_epoch: 300 of 300 epochs: none is left"),
        ("epochs: 9\ntargets:\n- {start: 5, end: 20%, features: [{text: a}]}", "a.yaml:3: targets[0]: ends before it"),
        ("targets: [{features: [{text: a, start: 50%, end: 10%}]}]", "a.yaml:1: targets[0].features[0]: ends before"),
        ("targets: [{start: 1.0, features: [{text: a}]}]", "no feature has a weight and a time within the 300 epochs"),
        ("targets: [{features: [{text: a, weight: 0}]}]", "no feature has a weight"),
        ("epochs: ((((", "column"), ("? [a, b]\n: 1", "unknown key"), ("learnrate: __import__('os')", "column 1"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(text)
    assert message in str(caught.value) and "\n" not in str(caught.value)


RED = "targets: [{features: [{text: a}], "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPOON + "learnrate: 1/(t-.5)", "a.yaml:4: learnrate: expression '1/(t-.5)': column 1: float division by zero"),
        (SPOON + "learnrate: 1/(t-.5)", "(at step 150 of 300)"),
        (SPOON + "learnrate: sqrt(-t)", "expression 'sqrt(-t)': column 1: math domain error (at step 1 of 300)"),
        (SPOON + "learnrate: 1/t", "column 1: float division by zero (at step 0 of 300)"),
        (SPOON + "learnrate: ts(1)", "two moments"),
        (SPOON + "resolution: 100000*(1+t)", "a.yaml:4: resolution: 100000 is outside 16..4096 pixels (at step 0 "),
        (RED + "weight: 1/(epoch-9)}]", "a.yaml:1: targets[0].weight: expression '1/(epoch-9)': column 1: "),
        (RED + "transforms: [{random_crop: -5}]}]", "a.yaml:1: targets[0].transforms[0].random_crop: a size of -5 × "),
        (RED + "transforms: [{repeat: 0}]}]", "transforms[0].repeat: a size of 0 × 0 pixels"),
        (RED + "transforms: [{repeat: 9999}, {repeat: 9999}]}]", "transforms[0].repeat: a size of 2.55974e+06 × "),
        (RED + "transforms: [{random_scale: 0 1}]}]", "transforms[0].random_scale: a scale of 0: it must be above 0"),
        (RED + "transforms: [{noise: '1/(t-.5)'}]}]", "transforms[0].noise.std: expression"),
        (SPOON + "postproc: [{add: '1/(t-.5)'}]", "postproc[0].add.color: expression"),
        (RED + "constraints: [{std: {above: 1/(t-.5)}}]}]", "constraints[0].std.above: expression"),
    ],
)  # fmt: skip
def test_what_goes_wrong_at_any_step_is_told_before_the_first(text: str, message: str) -> None:
    read(text)
    with pytest.raises(UserError) as caught:
        tried_experiment(text, "a.yaml", DATA)
    assert message in str(caught.value)


def test_what_is_off_or_needs_a_judge_is_not_tried() -> None:
    off = "targets: [{features: [{text: a}]}, {end: 40%, weight: 1/(t-.5), features: [{text: b, weight: 1/sim}]}]"
    assert tried_experiment(off, "a.yaml", DATA).targets[1].features[0].weight.needs_similarity


def test_more_views_than_are_drawn_are_remarked_on() -> None:
    text = "targets: [{batch_size: 64, features: [{text: a}]}, {name: b, batch_size: 90*t, features: [{text: c}]}]"
    assert list(remarks(read(text))) == ["b: batch_size 90: 64 views a step are drawn, no more"]


def test_documents_of_one_text_merge_and_count_their_own_lines() -> None:
    assert read(f"---\n{SPOON}--- # more\nepochs: 5\n---\nseed: 3\n") == replace(read(SPOON), epochs=5, seed=3)
    for text, place in (
        (joined(SPOON + "epocs: 1", "epochs: 3", "the command line"), "a.yaml:4: epocs: "),
        (joined(SPOON, "epochs: x", "the command line"), "the command line:1: epochs: "),
        (f"{SPOON}---\nepochs: x", "a.yaml:5: epochs: "),
    ):
        with pytest.raises(UserError, match=f"^{place}"):
            read(text)


def test_empty_values_are_as_if_not_there() -> None:
    assert read(f"init:\npostproc:\nlearnrate:\n{SPOON}") == read(SPOON)


# Documents that are nearly experiments: known keys in known places, with all kinds of values.
WORDS = st.sampled_from(
    sorted({*TRANSFORMS, *CONSTRAINTS, *OPTIMIZERS, "30%", "ti", "224*2", "a\nb", "0 1", "", "x.png"})
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS, st.dates(), st.binary(max_size=3)
)
NAMES = st.sampled_from(sorted({key for group in keys().values() for key in group} | {*TRANSFORMS, *CONSTRAINTS}))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, st.text(max_size=4)), inner)),
    max_leaves=8,
)


def nearly(group: str, extra: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys()[group]), st.one_of(extra, TREES), max_size=3)


ENTRIES = st.lists(st.dictionaries(st.sampled_from(sorted({*TRANSFORMS, *CONSTRAINTS})), TREES, max_size=2), max_size=3)
TARGETS = st.fixed_dictionaries(
    {"features": st.one_of(TREES, st.lists(nearly("features", SCALARS), max_size=2))},
    optional={"transforms": ENTRIES, "constraints": ENTRIES, "start": SCALARS, "batch_size": SCALARS, "when": SCALARS},
)
DOCUMENTS = st.fixed_dictionaries(
    {"targets": st.one_of(TREES, st.lists(TARGETS, max_size=2))},
    optional={name: st.one_of(nearly(name, SCALARS), SCALARS) for name in ("init", "style", "sound")}
    | {name: TREES for name in keys()[""] if name not in ("targets", "init", "style", "sound")},
)


def reads_or_tells(text: str) -> None:
    try:
        experiment = read(text)
    except UserError as error:
        assert "\n" not in str(error) and 0 < len(str(error)) <= 400
    else:
        assert read(to_yaml(experiment)) == experiment


@settings(max_examples=50)  # nested documents are slow to make up
@given(DOCUMENTS)
def test_any_document_reads_and_writes_back_or_is_refused_in_one_line(data: Any) -> None:
    reads_or_tells(yaml.safe_dump(data))


@given(st.text(alphabet="abt: -[]{}&*!|>'\"#%\n\t 012.,?\\\x00é", max_size=80))
def test_any_text_is_refused_in_one_line(text: str) -> None:
    reads_or_tells(text)
    reads_or_tells(SPOON + text)


@given(st.text(min_size=1, max_size=40), st.integers(0, 200), st.floats(0.75, 1.0))
def test_any_prompt_writes_back_in_one_line(text: str, step: int, share: float) -> None:
    feature = Feature(text, start=Moment(step=step), end=Moment(share=share), weight=constant(share))
    experiment = Experiment((Target((feature,)),), templates=("{}",), snapshot_interval=share)
    try:
        result = read(to_yaml(experiment))
    except UserError as error:
        assert "empty" in str(error) or "control" in str(error)
        assert not text.strip() or any(unicodedata.category(letter)[0] == "C" for letter in text)
    else:
        line = replace(feature, text=" ".join(text.split()))
        assert result == replace(experiment, targets=(Target((line,)),))


EXPERIMENTS = sorted(paths.shipped("presets", "experiments").glob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=[path.stem for path in EXPERIMENTS])
def test_every_shipped_experiment_reads(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / path.name)
    wanted = [line.split(":", 1)[1].strip() for line in path.read_text("utf-8").splitlines() if "image:" in line]
    for name in (name for name in wanted if not (path.parent / name).is_file()):
        with pytest.raises(UserError, match=f"no such picture: {name}"):
            load_experiment([path])
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"a picture")
    experiment = load_experiment([tmp_path / path.name])
    assert read(to_yaml(experiment)) == experiment


def test_reading_needs_no_torch() -> None:
    names = ("experiment_file", "target_file", "fields", "experiment_text", "entries", "expressions", "documents")
    for name in (*names, "plan", "trial", "sizes"):
        module = __import__(f"app.training.{name}", fromlist=["_"])
        assert "import torch" not in inspect.getsource(module)
