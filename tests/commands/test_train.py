"""`clavilux train` and `clavilux judge` as a person meets them."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app import files, paths, style
from app.training import checkpoints, store
from app.training.evaluate import quick
from app.training.judges.judge import JUDGES

from .conftest import Clavilux

SMALL = ("--hidden-dim", "8", "--layers", "1", "--steps", "2", "--out-dir", "out")
TINY = """
epochs: 2
search: 1
sketches: 0
held_out: none
style: {width: 8, depth: 1}
targets: [{batch_size: 1, features: [{text: blue waves}]}]
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of its own; how a finished style moves is measured in tests of its own, too."""
    monkeypatch.setenv("CLAVILUX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(quick, "measured", lambda finished: finished)


def write(text: str, name: str = "small.yaml") -> str:
    Path(name).write_text(text, "utf-8")
    return name


def line(told: str) -> str:
    """Return the last line; no other but remarks may come before it."""
    assert "Traceback" not in told
    return [each for each in told.splitlines() if each.strip()][-1]


def no_style_is_left() -> bool:
    return not list(Path.cwd().rglob("*.safetensors")) and not list(Path.cwd().rglob("*.part"))


# ---------------------------------------------------------------- what works


def test_an_experiment_becomes_a_style_with_its_history_and_report(clavilux: Clavilux) -> None:
    ended = clavilux("train", "--experiment", write(TINY), "--out-dir", "out", "--report", "r.json")
    assert ended.code == 0, ended.err
    made = style.load(Path("out/small.safetensors"))
    assert made.header.prompts == ("blue waves",) and made.header.judge.startswith("builtin ")
    assert made.arch.width == 8
    report = json.loads(Path("r.json").read_text())
    assert report["peak_rss_bytes"] > 50e6
    assert "cosine × 100" in report["scale"] and ended.err.count("cosine × 100") == 1
    assert all(line.strip() for line in ended.err.splitlines()), "a pipe gets no bar and no blank lines"
    assert report["steps"] == 2 and report["matches"][0]["feature"] == "blue waves"
    history = json.loads(Path("out/small.history.json").read_text())
    assert history["style"] == "small.safetensors"
    assert Path("out/previews/small-0002.png").exists()
    assert not list(paths.data("jobs").glob("*/job.json"))


def test_several_guides_may_be_named(clavilux: Clavilux) -> None:
    order = ("train", "--experiment", write(TINY), "--out-dir", "out", "--judge")
    ended = clavilux(*order, "builtin,builtin-witness")
    assert ended.code == 0, ended.err
    assert style.load(Path("out/small.safetensors")).header.judge.count("builtin") == 2
    assert "--judge: unknown judge 'bultin'; did you mean 'builtin'" in clavilux(*order, "bultin,builtin-witness").err


def test_options_change_an_experiment(clavilux: Clavilux) -> None:
    ended = clavilux("train", "--experiment", write(TINY), "--steps", "1", "--hidden-dim", "16", "--layers", "2",
                     "--activation", "atan", "--seed", "7", "-o", "other", "--out-dir", "out")  # fmt: skip
    assert ended.code == 0, ended.err
    made = style.load(Path("out/other.safetensors"))
    assert (made.arch.width, made.arch.depth, made.arch.activation) == (16, 2, "atan")
    assert (made.header.seed, made.header.steps) == (7, 1)


def test_experiments_merge_in_order(clavilux: Clavilux) -> None:
    more = "epochs: 1\ntargets: [{batch_size: 1, features: [{text: red fire}]}]\n"
    files = ("--experiment", write(TINY), "--experiment", write(more, "more.yaml"))
    ended = clavilux("train", *files, "--out-dir", "out")
    assert ended.code == 0, ended.err
    assert style.load(Path("out/small.safetensors")).header.prompts == ("blue waves", "red fire")
    assert clavilux("train", *files, "--experiment", write("epochs: x", "bad.yaml")).err.startswith(
        "clavilux: bad.yaml:1"
    )


def test_words_become_a_style_and_what_was_understood_is_told(clavilux: Clavilux) -> None:
    slim = "search: 1\n"
    ended = clavilux("train", "zebra fire, no green", "--seed", "3", *SMALL)
    assert ended.code == 0, ended.err + slim
    assert "'zebra' read as 'black and white stripes'" in ended.err
    assert "to avoid: green" in ended.err
    assert style.load(Path("out/zebra_fire_no_green.safetensors")).header.prompts == ("zebra fire, no green",)


@pytest.mark.parametrize(("name", "used"), [("../../evil", "evil"), ("a:b?*", "a_b"), ("plain", "")])
def test_a_name_that_is_changed_is_told(name: str, used: str, clavilux: Clavilux) -> None:
    ended = clavilux("train", "--experiment", write(TINY), "--out-dir", "out", "-o", name)
    assert ended.code == 0
    assert ("the style is named" in ended.err) == bool(used) and Path(f"out/{used or name}.safetensors").exists()
    assert f"'{used}'" in ended.err or not used


@pytest.mark.parametrize(("output", "place"), [
    ("looks/", "looks/small"), ("looks/blue.png", "looks/blue"), ("blue", "home/styles/blue"),
])  # fmt: skip
def test_an_experiment_says_where_its_style_goes(
    output: str, place: str, clavilux: Clavilux, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{TINY}output: {output}\nverbose: 0\nsnapshot_interval: 0\n"
    ended = clavilux("train", "--experiment", write(text))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert Path(f"{place}.safetensors").exists(), [str(p) for p in Path().rglob("*.safetensors")]
    assert not list(Path().rglob("*.png"))


def test_an_experiment_comes_in_and_options_leave_its_lines(
    clavilux: Clavilux, monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(text: str, *more: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return clavilux("train", "--experiment", "-", "--steps", "1", "--out-dir", "out", *more)

    ended = given(TINY)
    assert ended.code == 0, ended.err
    assert style.load(Path("out/blue_waves.safetensors")).header.prompts == ("blue waves",)
    wrong = given(TINY.replace("{batch_size: 1,", "{transforms: [{random_crop: -5}],"), "-o", "x")
    assert line(wrong.err).startswith("clavilux: -:7: targets[0].transforms[0].random_crop: a size of -5 × -5 pixels")


def test_a_guide_that_keeps_the_best_is_not_shown_as_held_out(clavilux: Clavilux) -> None:
    ended = clavilux("train", "--experiment", write(TINY), "--out-dir", "out", "--report", "r.json")
    assert ended.code == 0 and not re.search(r"held out \d", ended.err)
    report = json.loads(Path("r.json").read_text())
    assert report["held_out"] is None and {point[3] for point in report["curve"]} == {None}
    assert report["matches"][0]["total"] == 2 and report["sizes"] == [[0, 256, 256]]
    columns = json.loads(Path("out/small.history.json").read_text())["columns"]
    assert columns == ["step", "guide", "held_out", "loss", "width", "height", "views", "heard"]


def test_previews_by_steps(clavilux: Clavilux) -> None:
    text = TINY.replace("epochs: 2", "epochs: 20") + "snapshot_interval: 10\n"
    assert clavilux("train", "--experiment", write(text), "--out-dir", "out").code == 0
    names = sorted(path.name for path in Path("out/previews").iterdir())
    assert names == ["small-0010.png", "small-0020.png"]


def test_the_same_name_twice_makes_two_styles(clavilux: Clavilux) -> None:
    for _ in range(2):
        assert clavilux("train", "--experiment", write(TINY), "--out-dir", "out").code == 0
    assert sorted(path.name for path in Path("out").glob("*.safetensors")) == [
        "small-2.safetensors", "small.safetensors",
    ]  # fmt: skip


def test_a_picture_alone_is_enough(clavilux: Clavilux) -> None:
    Image.new("RGB", (40, 20), (200, 30, 10)).save("rust.png")
    ended = clavilux("train", "--image", "rust.png", "--steps", "1", *SMALL[:4], "--out-dir", "out")
    assert ended.code == 0, ended.err
    assert Path("out/rust.safetensors").exists()


# ---------------------------------------------------------------- what doesn't


def pictures() -> None:
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 60, 3), np.uint8)).save("cut.png")
    Path("cut.png").write_bytes(Path("cut.png").read_bytes()[:2000])
    Image.new("1", (20_000, 4000)).save("huge.png")
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(("arguments", "told"), [
    ([""], "the prompt is empty; say what it should look like"),
    (["   "], "the prompt is empty"),
    (["blue " * 2000], "the prompt has 9999 characters; keep it below 500"),
    (["🔥🌊"], "'🔥🌊': the judge 'builtin' knows none of these words"),
    (["синие волны"], "'синие волны': the judge 'builtin' knows none of these words; name forms"),
    (["qwx zzyx"], "knows none of these words"),
    (["no red"], "'no red': only says what to avoid"),
    (["blue", "--avoid", "qwx"], "what to avoid (--avoid, or a negative weight): 'qwx': the judge 'builtin'"),
    (["blue", "--loud", "qwx"], "'qwx': the judge 'builtin' knows none of these words"),
    (["blue\udcff waves \x00", "--steps", "0"], "--steps"),
    (["--image", "gone.png"], "clavilux: --image gone.png: cannot be read as a picture: No such file"),
    (["--image", "cut.png"], "cut.png: cannot be read as a picture: not a picture, or damaged"),
    (["--image", "huge.png"], "huge.png: 20000 × 4000 pixels; at most 64 megapixels"),
    (["--image", "moving.gif"], "moving.gif: is animated; save one frame of it"),
    (["blue", "--hidden-dim", "7"], "--hidden-dim': 7 is not in the range 8<=x<=256"),
    (["blue", "--hidden-dim", "10000"], "--hidden-dim': 10000 is not in the range"),
    (["blue", "--layers", "0"], "--layers': 0 is not in the range 1<=x<=8"),
    (["blue", "--judge", "clip"], "clavilux: --judge: unknown judge 'clip'"),
    (["blue", "--held-out", "witness"], "clavilux: --held-out: unknown judge 'witness'; did you mean"),
    (["blue", "--judge", "builtin", "--held-out", "builtin"], "'builtin' would judge what it guided itself"),
    (["blue", "--judge", "openai-rn50", "--judge-weights", "gone.pt"], "--judge-weights gone.pt: no such file"),
    (["blue", "--judge-weights", "text.txt"], "text.txt: not the weights of the built-in guide"),
    (["blue", "--resolution", "big"], "--resolution big: write one or several heights"),
    (["blue", "--resolution", "9"], "clavilux: --resolution 9: 9 is outside 16..2304"),
    (["blue", "--resolution", "256,99999"], "clavilux: --resolution 256,99999: 99999 is outside 16..2304"),
    (["blue", "--audio", "gone.wav"], "clavilux: --audio gone.wav: no such file"),
    (["blue", "--audio", "text.txt"], "text.txt"),
    (["blue", "--experiment", "small.yaml"], "give either words or --experiment, not both"),
    (["--experiment", "small.yaml", "--avoid", "red"], "give either words or --experiment, not both"),
    (["--experiment", "gone.yaml"], "gone.yaml: no such file"),
    (["blue", "--out-dir", "text.txt"], "text.txt: cannot be made: "),
    (["blue", "--report", "no/r.json"], "no/r.json: the folder "),
])  # fmt: skip
def test_a_mistake_is_one_line_and_leaves_nothing(arguments: list[str], told: str, clavilux: Clavilux) -> None:
    if "--image" in arguments:
        pictures()
    write(TINY)
    Path("text.txt").write_text("nothing of use")
    ended = clavilux("train", *arguments, "--out-dir" if "--out-dir" not in arguments else "-o", "out")
    assert ended.code == 2
    assert told in line(ended.err)
    assert len(ended.err.strip().splitlines()) == 1
    assert no_style_is_left()
    assert not list(paths.data("jobs").glob("*/job.json")), "the name is free again"


@pytest.mark.parametrize(("more", "told"), [
    ("epohcs: 3", "small.yaml:9: epohcs: unknown key 'epohcs' of an experiment; did you mean 'epochs'"),
    ("output: [1]", "small.yaml:9: output: text (in quotes) is needed here, not a list"),
    ("learnrate: fast", "small.yaml:9: learnrate: "),
    ("learnrate: 9**9**9**9", "small.yaml:9: learnrate: "),
    ("learnrate: '__import__(\"os\").system(\"true\")'", "small.yaml:9: learnrate: column "),
    ("learnrate: factorial(99999999)", "small.yaml:9: learnrate: "),
    ("sound: &a {audio: *a}", "aliases are not allowed here"),
    ("include: small.yaml", "include: unknown key"),
    ("init: !!python/object/apply:os.system [ls]", "tags are not allowed here"),
    ("style: {width: 7}", "small.yaml:9: style.width: "),
    ("style: {width: 10000}", "small.yaml:9: style.width: "),
    ("init: {image: gone.png}", "init.image: no such picture: gone.png"),
    ("held_out: builtin", "held_out"),
    ("device: cuda:15", "device 'cuda:15': PyTorch finds none on this machine; use auto or cpu"),
    ("output: /etc/x", "leads out of this folder; say it with --out-dir"),
    ("output: a/../../x", "leads out of this folder"),
    ("init: {style: nothing_of_this_name}", "nothing_of_this_name"),
    ("judge_weights: small.yaml", "small.yaml: not the weights of the built-in guide"),
])  # fmt: skip
def test_a_wrong_experiment_is_one_line(more: str, told: str, clavilux: Clavilux) -> None:
    text = TINY.replace("style:", "#style:") if more.startswith("style") else TINY
    if "held_out" in more:
        text = text.replace("held_out: none", "")
    ended = clavilux("train", "--experiment", write(text + "\n" + more))
    assert ended.code == 2
    assert told in line(ended.err), ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert no_style_is_left()


def test_an_unfinished_job_of_this_name_is_neither_replaced_nor_lost(clavilux: Clavilux) -> None:
    job = store.create(paths.data("jobs"), "small", "epochs: 3", Path("out").absolute(), Path().absolute())
    (job.folder / store.CHECKPOINT).write_bytes(b"kept")
    ended = clavilux("train", "--experiment", write(TINY), "--out-dir", "out")
    assert ended.code == 2
    assert "an unfinished job is named 'small' already: choose a name, or delete" in line(ended.err)
    assert (job.folder / store.CHECKPOINT).read_bytes() == b"kept"


def test_a_disk_that_is_full_at_a_checkpoint_costs_the_checkpoint_only(
    clavilux: Clavilux, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.problems import UserError

    def full(path: Path, *_: object) -> None:
        raise UserError(f"{path}: cannot be written: No space left on device; free some space")

    monkeypatch.setattr(checkpoints, "write", full)
    ended = clavilux("train", "--experiment", write(TINY), "--out-dir", "out")
    assert ended.code == 0
    assert ended.err.count("No space left on device") == 1
    assert Path("out/small.safetensors").exists()


def test_a_full_disk_at_the_end_is_finished_by_the_same_command(
    clavilux: Clavilux, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ("train", "--experiment", write(TINY), "--out-dir", "out")
    swap_in = files._swap_in

    def full(path: Path, data: bytes, private: bool) -> None:
        if path.parent.name == "out":
            raise OSError(errno.ENOSPC, "No space left on device")
        swap_in(path, data, private)

    with monkeypatch.context() as patched:
        patched.setattr(files, "_swap_in", full)
        told = clavilux(*order)
    assert told.code == 2 and ".part" not in told.err
    assert "small.safetensors: cannot be written: No space left on device" in line(told.err)
    assert line(told.err).endswith("what was trained is kept, the same command goes on from there")
    assert clavilux(*order).code == 0 and Path("out/small.safetensors").exists()


# ---------------------------------------------------------------- judges


def test_judges_are_listed(clavilux: Clavilux) -> None:
    assert clavilux("judge", "list").out.split() == list(JUDGES)


def test_a_picture_is_scored(clavilux: Clavilux) -> None:
    Image.new("RGB", (40, 20), (230, 20, 10)).save("red.png")
    ended = clavilux("judge", "score", "red.png", "no red", "blue", "qwx", "", "red", "red flurbl", "🔥")
    assert ended.code == 0 and "nan" not in ended.out
    rows = ended.out.splitlines()
    numbers = [float(row.split()[0]) for row in rows[:3]]
    assert numbers == sorted(numbers, reverse=True) and "blue" in rows[2]
    assert any("flurbl: not known to this judge" in row for row in rows[:3])
    assert "only says what to avoid" in rows[3] and "knows none of these words" in rows[4]
    assert "the text is empty" in rows[5] and "knows none of these words" in rows[6]


@pytest.mark.parametrize("kind", ["guide", "witness"])
def test_a_card_is_shown(kind: str, clavilux: Clavilux) -> None:
    assert "It is not CLIP" in clavilux("judge", "card", kind).out


@pytest.mark.parametrize(("arguments", "told"), [
    (["score", "gone.png", "red"], "gone.png: cannot be read as a picture: No such file"),
    (["score", "red.png"], "name at least one text"),
    (["score", "red.png", "red", "--judge", "bultin"], "unknown judge 'bultin'; did you mean 'builtin'"),
    (["score", "red.png", "red", "--judge-weights", "red.png"], "red.png: not the weights of the built-in guide"),
    (["card", "clip"], "'clip' is not one of"),
    (["train", "guide", "--pictures", "3"], "--pictures"),
    (["train", "guide", "--start", "gone.safetensors"], "gone.safetensors"),
])  # fmt: skip
def test_mistakes_with_judges_are_one_line(arguments: list[str], told: str, clavilux: Clavilux) -> None:
    Image.new("RGB", (40, 20), (230, 20, 10)).save("red.png")
    ended = clavilux("judge", *arguments)
    assert ended.code == 2
    assert told in line(ended.err)
    assert len(ended.err.strip().splitlines()) == 1


def test_a_judge_is_taught_and_used(clavilux: Clavilux, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.training.judges.builtin import exam, teach
    from tests.training.judges.test_builtin import flat

    paper = exam.paper
    monkeypatch.setattr(exam, "TRIALS", 2)
    monkeypatch.setattr(teach, "Teacher", partial(teach.Teacher, batch=32))
    monkeypatch.setattr(teach, "drawer", lambda _: flat)
    monkeypatch.setattr(exam, "paper", lambda draw, seed, held, count=44: paper(draw, seed, held, 22))
    ended = clavilux("judge", "train", "guide", "--steps", "1", "--pictures", "800", "--out", "mine.safetensors")
    assert ended.code == 0, ended.err
    card = json.loads(Path("mine.card.json").read_text())
    assert card["steps"] == 1
    assert card["command"] == "clavilux judge train guide --pictures 800 --steps 1 --minutes 55 --seed 11"
    assert not Path("mine.part").exists()
    Image.new("RGB", (40, 20), (230, 20, 10)).save("red.png")
    assert clavilux("judge", "score", "red.png", "red", "--judge-weights", "mine.safetensors").code == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills the POSIX way")
def test_a_killed_command_goes_on_when_it_is_given_again(clavilux: Clavilux) -> None:
    order = ("train", "--experiment", write(TINY.replace("epochs: 2", "epochs: 40")), "--out-dir", "out")
    root = Path(__file__).parents[2]
    command, quiet = [sys.executable, "-m", "app", *order], subprocess.DEVNULL
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(root)}, stdout=quiet, stderr=quiet)
    job = paths.data("jobs") / "small"
    try:
        while not (job / store.CHECKPOINT).exists() and process.poll() is None:
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert (job / store.JOB).exists() and not list(Path("out").glob("*.safetensors"))
    again = clavilux(*order)
    assert again.code == 0, again.err
    assert [path.name for path in Path("out").glob("*.safetensors")] == ["small.safetensors"]
    assert not job.exists()
