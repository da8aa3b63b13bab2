"""Starts that show the form: what is drawn moves with time and sound, a network learns it, the run goes on from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.cppn.inputs import frame_inputs
from app.cppn.net import Net, plane_of
from app.training import checkpoints, fitting, sketches
from app.training.documents import joined
from app.training.experiment import Experiment, When
from app.training.experiment_file import read_experiment
from app.training.loop import Training
from app.training.progress import Checkpoint, Progress
from app.training.sketches import Sketched
from app.training.sounds import Moments, Practice
from tests.training.colour_judge import ColourJudge

ASPECT = 16 / 9
SMALL = "sketches: 4\nstyle: {width: 32, depth: 2}\n"
DOTS = "targets: [{batch_size: 2, features: [{text: blue dots}]}]"


def asking(text: str = DOTS, more: str = "seed: 3\n") -> Experiment:
    return read_experiment(joined(SMALL + more, text, "test"), "small", Path())


def first_is_best(pictures: torch.Tensor, when: When) -> list[int]:
    return list(range(len(pictures)))


def begun(text: str = DOTS, more: str = "seed: 3\n") -> Sketched | None:
    return sketches.begin(asking(text, more), ASPECT, first_is_best)


def moments(*loudness: float) -> Moments:
    return Moments(np.linspace(0.0, 90.0, len(loudness)), np.repeat(np.array(loudness)[:, None], 9, axis=1))


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("targets: [{features: [{text: blue}]}]", ""),
        ("targets: [{features: [{text: blue dots}, {text: red stripes}]}]", ""),
        ("targets: [{when: calm, features: [{text: blue dots}]}, {when: loud, features: [{text: red}]}]", ""),
        (DOTS, "init: {mean: 0.5}"),
        ("style: {inputs: [x, y]}\n" + DOTS, ""),
        ("sketches: 0\n" + DOTS, ""),
        (DOTS.replace("blue dots", "a blue spiral"), ""),
        ("judges: openai-vit-b32\n" + DOTS.replace("blue dots", "a cathedral of blue dots"), ""),
    ],
)
def test_nothing_is_sketched_where_the_words_or_the_experiment_leave_no_room(text: str, more: str) -> None:
    assert begun() is not None
    assert begun(text, more) is None


def test_what_is_to_be_avoided_is_not_drawn() -> None:
    text = "targets: [{features: [{text: blue dots}, {text: red stripes, weight: -0.4}]}]"
    assert begun(text) is not None


def test_another_seed_draws_another_picture() -> None:
    first, again, other = (begun(more=f"seed: {seed}") for seed in (1, 1, 2))
    assert first is not None and again is not None and other is not None
    places = torch.rand(1, 600, 1, 2)
    seen = [sketched.wanted(places, moments(0.5)) for sketched in (first, again, other)]
    assert torch.equal(seen[0], seen[1])
    assert float((seen[0] - seen[2]).abs().mean()) > 0.02


def test_time_and_sound_move_the_network_as_they_move_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "OWN", 0.0)
    sketched = begun()
    assert sketched is not None
    places, now = torch.rand(1, 400, 1, 2), moments(0.2, 0.9)
    shifts = _shifts(sketched, now)
    assert float((shifts[1] - shifts[0]).norm()) > 0.1
    net, plane = Net(sketched.style), plane_of(places, ASPECT)
    with torch.no_grad():
        moved = net(plane, now.seconds[1:].tolist(), now.heard[1:])
        there = net(plane + (shifts[1] - shifts[0]), now.seconds[:1].tolist(), now.heard[:1])
    assert torch.allclose(moved, there, atol=1e-4)


def _shifts(sketched: Sketched, now: Moments) -> torch.Tensor:
    """Return what moves the plane as far as the first layer's weights for time and sound do, by least squares."""
    weights = torch.tensor(sketched.style.layers[0][0])
    of_each = torch.linalg.lstsq(weights[:, :2], weights[:, 2:]).solution
    style = sketched.style
    rows = [
        frame_inputs(style.arch.inputs, float(t) * style.header.speed, h)[2:]
        for t, h in zip(now.seconds, now.heard.tolist(), strict=True)
    ]
    return torch.tensor(np.array(rows), dtype=torch.float32) @ of_each.T


def test_a_network_learns_the_drawing_and_keeps_how_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "PIXELS", 1024)
    monkeypatch.setattr(fitting, "STEPS", 100)
    sketched = begun()
    assert sketched is not None
    net = Net(sketched.style)
    losses = list(fitting.fit(net, sketched.wanted, Practice(1).sample, ASPECT, sketched.held))
    places, now = torch.rand(6, 500, 1, 2), Practice(2).sample(6)
    with torch.no_grad():
        shown = net(plane_of(places, ASPECT), now.seconds.tolist(), now.heard)
    wanted = sketched.wanted(places, now)
    assert losses[-1] < 0.8 * losses[0]
    assert float(torch.corrcoef(torch.stack([shown.flatten(), wanted.flatten()]))[0, 1]) > 0.8
    assert np.array_equal(net.weights[0].detach().numpy()[:, 2:], sketched.style.layers[0][0][:, 2:])


@pytest.mark.parametrize("loud_words", ["red stripes", "explosion of red rays"])
def test_two_prompts_are_two_drawings_and_loudness_leads_from_one_to_the_other(loud_words: str) -> None:
    sides = {"calm": "blue dots", "loud": loud_words}
    text = "targets:\n" + "\n".join(f"- {{when: {w}, features: [{{text: {t}}}]}}" for w, t in sides.items())
    sketched = begun(text)
    assert sketched is not None
    calm, loud = (sketched.wanted(torch.rand(1, 500, 1, 2), moments(level)).mean((0, 2, 3)) for level in (0.1, 0.9))
    assert calm[2] > calm[0] + 0.1 and loud[0] > loud[2] + 0.1


def test_symmetric_things_are_drawn_folded() -> None:
    sketched = begun("targets: [{features: [{text: kaleidoscopic gold labyrinth}]}]")
    assert sketched is not None
    assert sketched.style.arch.inputs[:2] == ("fold_x", "fold_y")
    places = torch.rand(1, 200, 1, 2)
    mirrored = torch.stack([1.0 - places[..., 0], places[..., 1]], -1)
    now = moments(0.4)
    assert torch.allclose(sketched.wanted(places, now), sketched.wanted(mirrored, now), atol=1e-4)


def told(given: Experiment, checkpoint: Checkpoint | None = None) -> list[Progress]:
    judges = {"builtin": ColourJudge("guide"), "builtin-witness": ColourJudge("witness")}
    return list(Training(given, judges, checkpoint).steps())


def test_a_run_goes_on_from_the_drawing_gently_and_so_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "STEPS", 12)
    monkeypatch.setattr(fitting, "PIXELS", 256)
    given = replace(asking(), epochs=22)
    whole = Training(given, {"builtin": ColourJudge("guide"), "builtin-witness": ColourJudge("witness")})
    halfway, last, stages = None, None, []
    for last in whole.steps():
        if last.stage.startswith("sketching 10 "):
            assert last.stage_share == pytest.approx(10 / 12) and last.stage_eta_seconds > 0
        stages.append(last.stage)
        if halfway is None and last.step >= 10:
            checkpoints.write(tmp_path / "c", whole.checkpoint(), "text")
            halfway = checkpoints.read(tmp_path / "c")
    assert stages[0] == "sketching 0 of 12" and "search" not in " ".join(stages)
    assert halfway is not None and halfway.numbers["pace"] == sketches.PACE
    assert last is not None and last.style is not None
    from_disk = Checkpoint(given, halfway.step, halfway.arrays, halfway.numbers, halfway.history)
    again = told(given, from_disk)[-1]
    assert again.style is not None
    for ours, theirs in zip(last.style.layers, again.style.layers, strict=True):
        assert np.array_equal(ours[0], theirs[0]) and np.array_equal(ours[1], theirs[1])
