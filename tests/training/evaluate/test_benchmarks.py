"""The training benchmarks at tiny scale: a stand-in for training, everything else as in a real run."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import files
from app.training.evaluate import prompts
from app.training.evaluate.page.read import comparison
from app.training.evaluate.tracks import Track
from app.training.experiment import Experiment, Target
from app.training.expressions import constant
from benchmarks import ablation, architecture, palette_fixed, picture_prompts, trained

from .conftest import ColourJudge, painted


@pytest.fixture
def bench(judge: ColourJudge, track: Track, monkeypatch: pytest.MonkeyPatch) -> trained.Bench:
    monkeypatch.setattr(trained, "hear", lambda path: track)
    monkeypatch.setattr(trained, "STILLS", 2)
    made = trained.Bench(judge)
    made.eye._nets = 2
    return made


class Painter:
    """Paints what the prompt's first word asks for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, prompt: str, seed: int, change: trained.Change) -> trained.Run:
        self.asked.append((prompt, seed))
        colour = (0.0, 0.0, 1.0) if prompt.startswith("blue") else (1.0, 0.0, 0.0)
        start = painted((0.9, 0.9, 0.1), "start", (prompt,))
        return trained.Run(painted(colour, "end", (prompt,)), start, 2.0 + seed, 1.0)


def test_palette_fixed_keeps_what_it_trained_and_tells_all_stages(bench: trained.Bench, tmp_path: Path) -> None:
    painter = Painter()
    rows = palette_fixed.measure(["blue stripes", "red fire"], range(2), tmp_path, painter, bench)
    assert len(painter.asked) == 4
    assert len(rows) == 2 * 2 * 2 * 4  # prompts, seeds, stages, lists in colour and in greyscale
    again = palette_fixed.measure(["blue stripes", "red fire"], range(2), tmp_path, painter, bench)
    assert len(painter.asked) == 4
    assert again == rows
    assert palette_fixed.table(rows).row_count == 4
    assert palette_fixed.by_prompt(rows).row_count == 2
    mixed = [row for row in rows if (row["list"], row["colours"]) == ("mixed", "colour")]
    assert max(row["rank"] for row in mixed if row["stage"] == "trained") < 20


def test_picture_prompts_are_the_same_everywhere_and_what_looks_like_them_is_found(
    bench: trained.Bench, tmp_path: Path
) -> None:
    pictures = picture_prompts.prompts()
    assert np.array_equal(pictures, picture_prompts.prompts())
    paths = picture_prompts.written(pictures, tmp_path)

    def painter(path: Path, seed: int) -> trained.Run:
        red, green, blue = (np.asarray(Image.open(path)) / 255.0).mean((0, 1))
        return trained.Run(painted((red, green, blue), "end", ()), painted((0.9, 0.1, 0.9), "start", ()), 1.0, 1.0)

    *_, rows = picture_prompts.measure(pictures, paths, [3], painter, bench)
    assert len(rows) == len(picture_prompts.PICTURES) * 2 * 2 and {row["seed"] for row in rows} == {3}
    colour = {
        stage: [r for r in rows if (r["stage"], r["colours"]) == (stage, "colour")] for stage in ("trained", "start")
    }
    assert all(row["hit"] and row["taken for"] == row["picture"] for row in colour["trained"])
    assert sum(row["hit"] for row in colour["start"]) <= 1
    assert picture_prompts.table(rows).row_count == 4 and picture_prompts.by_picture(rows).row_count == 10


def test_a_picture_alone_is_trained_from(judge: ColourJudge, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (20, 40, 250)).save(tmp_path / "blue.png")
    run = picture_prompts.train({"builtin": judge}, "builtin", 1, 1, tmp_path / "blue.png", 5)
    assert run.style.header.steps == 1 and run.style.header.seed == 5 and run.style.header.held_out == ""


def test_a_comparison_can_be_read_by_the_page(bench: trained.Bench, tmp_path: Path) -> None:
    variants = {"one": trained.unchanged, "other": trained.unchanged}
    *_, rows = trained.compared(variants, ["blue stripes"], range(3), Painter(), bench)
    files.write_json(tmp_path / "c.json", {"title": "x", "rows": rows})
    found = comparison(tmp_path / "c.json").variants
    assert set(found) == set(variants)
    took = found["one"]["processor seconds"]
    assert (took.mean, took.sd, took.count) == (3, 1, 3)
    assert found["one"]["form first"].count == 3


def test_a_comparison_ends_in_time_with_all_variants_alike(
    bench: trained.Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 60))
    monkeypatch.setattr(time, "process_time", lambda: float(next(clock)))
    monkeypatch.setattr(trained, "figures", lambda *about: {"z": 1.0})
    variants = {"one": trained.unchanged, "other": trained.unchanged}
    *_, rows = trained.compared(variants, ["blue stripes", "red fire"], range(3), Painter(), bench, 200.0)
    assert [row["seed"] for row in rows] == [0, 0, 1, 1, 2, 2], "the fourth round would end after 240 s"


def test_shares_and_their_spread_between_seeds() -> None:
    assert trained.shares([(0, True), (0, False), (1, True), (1, True)]) == pytest.approx(
        (0.75, np.std([0.5, 1], ddof=1))
    )
    assert trained.shares([(0, True)]) == (1, 0)


def test_when_most_of_the_way_was_made() -> None:
    assert trained.reached([(1, 10), (2, 15), (3, 19.6), (4, 20), (5, 18)]) == 3
    assert trained.reached([(1, 10)]) == 1


def test_every_form_is_asked_for_once() -> None:
    asked = trained.form_prompts(22)
    assert len(asked) == 22
    found = [prompts.palette_fixed(prompt) for prompt in asked]
    assert [listed.wanted for listed in found if listed] == [(i,) for i in range(22)]


def test_variants_change_what_they_say() -> None:
    target = Target((), batch_size=constant(5.0))
    plain = Experiment(targets=(target, target))
    assert {v(plain).style.width for v in architecture.VARIANTS.values()} == {128, 256}
    changed = {name: variant(plain) for name, variant in ablation.VARIANTS.items()}
    assert changed["w0 30"].style.frequency == 30
    assert changed["x y r"].style.inputs == ("x", "y", "r")
    assert len(changed["whole picture only"].targets) == 1
    same = [name for name, experiment in changed.items() if experiment == plain]
    assert same == ["recipe", "activation sin"]
