"""The built-in judges: their files, lessons and exams; a judge taught for six steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save

from app.problems import UserError
from app.training.judges.builtin import card, ceiling, exam, lessons, scene, teach
from app.training.judges.builtin.exam import Marks
from app.training.judges.builtin.judge import BuiltinJudge, file_of, ids_of
from app.training.judges.builtin.lexicon import known_words
from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.towers import MAX_WORDS, Dual
from app.training.judges.builtin.vocabulary import COLOURS, FORMS

KINDS = ("guide", "witness")


def flat(found: Any, size_px: int, seed: int) -> Any:
    """Draw each scene as one flat colour, told apart by form and main colour."""
    pictures = np.zeros((len(found), 3, size_px, size_px), np.uint8)
    for picture, each in zip(pictures, found, strict=True):
        form, colour, _, _ = lessons.labels(each)
        picture[0], picture[1], picture[2] = form * 11, colour * 15, seed % 7
    return pictures


def some(count: int, held: bool = False) -> list[Scene]:
    rng = np.random.default_rng(3)
    return [scene.sample(rng, held) for _ in range(count)]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("kind", KINDS)
def test_what_ships_is_small_and_its_card_is_its_own(kind: str) -> None:
    shipped = card.load(kind)
    judge = BuiltinJudge(kind, file_of(kind))
    assert shipped.sha256 == judge.info.sha256
    assert shipped.bytes == file_of(kind).stat().st_size < 10 * 2**20
    text = card.text(shipped)
    assert judge.info.name in text and "not CLIP" in text and f"{shipped.held.form:.3f}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_shipped_judge_tells_colours_apart(kind: str) -> None:
    judge = BuiltinJudge(kind, file_of(kind))
    pictures = torch.zeros(3, 3, 64, 64)
    for i in range(3):
        pictures[i, i] = 0.9
    similar = judge.embed_image(pictures) @ judge.embed_text(["red", "green", "blue"]).T
    assert similar.argmax(1).tolist() == [0, 1, 2]


def test_the_two_judges_are_of_different_families() -> None:
    infos = [BuiltinJudge(kind, file_of(kind)).info for kind in KINDS]
    assert len({info.family for info in infos}) == len({info.sha256 for info in infos}) == 2


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda data: data[:1000], "not the weights of the built-in guide: damaged, or of another kind"),
    (lambda data: b"not weights at all", "not the weights of the built-in guide"),
    (lambda data: data + b"x" * 10 * 2**20, "larger than 10 MB"),
])  # fmt: skip
def test_a_spoilt_file_is_one_line(spoil: Any, told: str, tmp_path: Path) -> None:
    place = tmp_path / "a.safetensors"
    place.write_bytes(spoil(file_of("guide").read_bytes()))
    with pytest.raises(UserError, match=told) as error:
        BuiltinJudge("guide", place)
    assert str(place) in str(error.value) and "\n" not in str(error.value)


def test_a_judge_of_ones_own_is_not_taken_for_the_one_that_ships(tmp_path: Path) -> None:
    place = tmp_path / "mine.safetensors"
    place.write_bytes(file_of("guide").read_bytes())
    assert BuiltinJudge("guide", place).info.verified
    changed = {name: value * 1.001 for name, value in load_file(place).items()}
    place.write_bytes(save(changed))
    assert not BuiltinJudge("guide", place).info.verified


def test_the_other_judges_file_and_no_file_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not the weights of the built-in witness"):
        BuiltinJudge("witness", file_of("guide"))
    with pytest.raises(UserError, match=r"gone\.safetensors: the judge's weights cannot be read: No such file"):
        BuiltinJudge("guide", tmp_path / "gone.safetensors")


def test_words_become_numbers_of_a_fixed_count() -> None:
    assert len(ids_of(["blue"] * 40)) == len(ids_of([])) == MAX_WORDS
    assert ids_of(["blue"])[0] == known_words().index("blue") + 1


@pytest.mark.parametrize("kind", KINDS)
def test_negated_and_unknown_words_change_nothing(kind: str) -> None:
    judge = BuiltinJudge(kind, file_of(kind))
    plain, more = judge.embed_text(["blue waves", "blue waves Lovecraft, no red"])
    assert torch.allclose(plain, more, atol=1e-6)


# ---------------------------------------------------------------- lessons


def test_a_pool_holds_groups_that_differ_in_form_alone_and_no_held_back_pair() -> None:
    pool = lessons.draw_pool(flat, 12, 5)
    assert pool.pictures.shape == (96, 3, 64, 64)
    for start in range(0, 96, lessons.GROUP):
        group = pool.scenes[start : start + lessons.GROUP]
        assert len({each.form for each in group}) == lessons.GROUP
        assert len({each.colours for each in group}) == 1
    assert not any(scene.held_back(each) for each in pool.scenes)
    assert all(scene.held_back(each) for each in exam.paper(flat, 1, held=True, count=44).scenes)


def test_half_a_batch_shares_a_palette_and_half_a_form() -> None:
    pool = lessons.draw_pool(flat, 60, 5)
    chosen = lessons.batch(pool, np.random.default_rng(1), 64)
    found = [pool.scenes[i] for i in chosen.tolist()]
    assert len(found) == 64
    for start in range(0, 32, lessons.GROUP):
        assert len({each.colours for each in found[start : start + lessons.GROUP]}) == 1
    for start in range(32, 64, 16):
        assert len({each.form for each in found[start : start + 16]}) == 1


def test_augmented_pictures_stay_pictures_and_keep_their_gradient() -> None:
    torch.manual_seed(2)
    pictures = torch.rand(4, 3, 24, 24).requires_grad_()
    changed = lessons.augment(pictures)
    assert changed.shape == pictures.shape
    assert float(changed.detach().min()) >= 0.0 and float(changed.detach().max()) <= 1.0
    changed.sum().backward()
    assert pictures.grad is not None and float(pictures.grad.abs().sum()) > 0.0
    assert torch.allclose(lessons.augment(torch.full((2, 3, 8, 8), 0.5), 0.0), torch.full((2, 3, 8, 8), 0.5), atol=1e-6)


def test_labels_and_marks_name_what_a_scene_shows() -> None:
    for each in some(50):
        form, colour, modifier, ground = lessons.labels(each)
        assert list(FORMS)[form] == each.form and list(COLOURS)[colour] == each.colours[0]
        assert (modifier == 0) == (each.modifier == "")
        assert ("", "black", "white")[ground] == each.ground
        assert sum(lessons.marks(each)) == len(each.attributes)


# ---------------------------------------------------------------- exam


def sitting(right: bool, monkeypatch: pytest.MonkeyPatch) -> Marks:
    """Sit an exam with a judge that reads form and colour off `flat`'s pictures, or with one that guesses."""
    monkeypatch.setattr(exam, "TRIALS", 4)
    pool = exam.paper(flat, 4, held=False, count=66)
    forms, colours = torch.eye(len(FORMS)), torch.eye(len(COLOURS))

    def see(pictures: Any) -> Any:
        corner = (pictures[:, :, 0, 0] * 255.0).round().long()
        if not right:
            return torch.nn.functional.normalize(torch.randn(len(pictures), len(FORMS) + len(COLOURS)), dim=1)
        return torch.cat([forms[(corner[:, 0] // 11) % len(FORMS)], colours[(corner[:, 1] // 15) % len(COLOURS)]], 1)

    def read(texts: Any) -> Any:
        rows = []
        for text in texts:
            form = [any(noun in text for noun in each.nouns[:1]) for each in FORMS.values()]
            colour = [text.find(name) for name in COLOURS]
            first = min((place for place in colour if place >= 0), default=-1)
            rows.append(torch.tensor([float(f) for f in form] + [float(c == first >= 0) for c in colour]))
        return torch.nn.functional.normalize(torch.stack(rows) + 1e-6, dim=1)

    torch.manual_seed(1)
    return exam.sit(see, read, pool)


def test_who_knows_gets_better_marks_than_who_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    knows, guesses = sitting(True, monkeypatch), sitting(False, monkeypatch)
    assert knows.form > 0.8 > 0.3 > guesses.form
    assert knows.colour > 0.8 > 0.3 > guesses.colour
    assert knows.retrieval > 0.5 > guesses.retrieval
    assert guesses == sitting(False, monkeypatch)


# ---------------------------------------------------------------- teaching


def taught(monkeypatch: pytest.MonkeyPatch, kind: str, start: Path | None = None) -> teach.Teacher:
    monkeypatch.setattr(teach, "drawer", lambda _: flat)
    monkeypatch.setattr(exam, "paper", lambda *_, **__: None)
    teacher = teach.Teacher(kind, 90, batch=32, seed=5, start=start)
    told = list(teacher.go(3, 600.0, exam_every=100))
    assert [lesson.step for lesson in told] == [1, 2, 3]
    assert all(np.isfinite(lesson.loss) for lesson in told)
    return teacher


@pytest.mark.parametrize("kind", KINDS)
def test_a_taught_judge_is_written_and_opens_and_the_same_lessons_give_the_same(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = taught(monkeypatch, kind).weights()
    assert taught(monkeypatch, kind).weights() == data
    sha = teach.save(data, tmp_path / "new" / "a.safetensors")
    judge = BuiltinJudge(kind, tmp_path / "new" / "a.safetensors")
    assert judge.info.sha256 == sha
    assert judge.embed_text(["blue waves"]).shape == (1, 128)


def test_teaching_goes_on_from_a_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.safetensors"
    teach.save(taught(monkeypatch, "guide").weights(), place)
    assert taught(monkeypatch, "guide", place).weights() != place.read_bytes()


def test_the_towers_of_the_two_judges_differ() -> None:
    guide, witness = (set(Dual(kind, len(known_words())).state_dict()) for kind in KINDS)
    assert guide != witness


def test_a_card_is_written_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = Marks(0.71, 0.88, 0.65, 0.97, 0.96)
    made = card.Card("guide", "ab" * 32, 5, 480, 6, 1.5, 5, "test", marks, marks, marks, 0.8)
    card.write(made, tmp_path / "guide.safetensors")
    monkeypatch.setattr(card, "file_of", lambda kind: tmp_path / f"{kind}.safetensors")
    assert card.load("guide") == made
    assert "| pairs never seen | 0.710 | 0.650 | 0.880 | 0.970 / 0.960 |" in card.text(made)


def test_the_ceiling_is_a_network_of_its_own_and_stands_on_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ceiling, "drawer", lambda _: flat)
    monkeypatch.setattr(ceiling, "BATCH", {"witness": 32})
    classifier = ceiling.Classifier("witness", 60)
    before = classifier.right(exam.paper(flat, 1, held=True, count=22))
    told = list(classifier.go(8, 10.0))
    assert [step for step, _, _ in told] == list(range(1, 9)) and told[-1][2] < told[0][2]
    assert 0.0 <= before <= 1.0 and classifier.seed != teach.SEEDS["witness"]
    weights, shipped = tmp_path / "mine.safetensors", card.load("witness")
    with pytest.raises(UserError, match=r"mine\.card\.json: no such card"):
        card.check(weights)
    monkeypatch.setattr(card, "file_of", lambda _: weights)
    card.write(replace(shipped, ceiling=None), weights)
    card.check(weights)
    assert "not taught yet" in card.text(card.load("witness"))
    card.add_ceiling(weights, ceiling.Ceiling(0.912, 480, 8, 0.1, classifier.seed))
    text = card.text(card.load("witness"))
    assert "names 0.912" in text and "is not known" not in text
    card.add_ceiling(weights, ceiling.Ceiling(0.1, 480, 8, 0.1, classifier.seed))
    assert "how high the ceiling lies is not known" in card.text(card.load("witness"))


def test_the_card_says_among_how_many_and_calls_no_head_a_ceiling() -> None:
    text = card.text(card.load("guide"))
    assert f"main colour, 1 of {len(COLOURS)}" in text and f"form, 1 of {len(FORMS)}" in text
    assert "no ceiling" in text
