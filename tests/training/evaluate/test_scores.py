"""What a judge says, against chance; and the lists that it is asked with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app import style as styles
from app.problems import UserError
from app.style import Header
from app.training.evaluate import prompts, scores
from app.training.evaluate.evaluation import Entry, Exam, credited, evaluate, guides
from app.training.evaluate.eye import Eye
from app.training.evaluate.frames import spread
from app.training.evaluate.scores import Seen, null, rank
from app.training.evaluate.tracks import Track
from app.training.judges.judge import JudgeInfo

from .conftest import ColourJudge, painted, small_style

COLOURS = ("red fire", "green moss", "white fog", "black labyrinth", "blue waves")


def entry(style: styles.Style, folder: Path) -> Entry:
    path = folder / f"{style.name}.safetensors"
    styles.save(style, path)
    return Entry(style, path)


def exam(judge: ColourJudge, track: Track, **more: Any) -> Exam:
    eye = Eye(judge, spread([track], 4), nets=8)
    return Exam(eye, (track,), COLOURS, ("red letters", "a lovecraft"), backends=False, stills=4, **more)


def test_a_style_in_its_own_colour_comes_first_and_in_another_does_not(
    judge: ColourJudge, track: Track, tmp_path: Path
) -> None:
    blue, wrong = painted((0.0, 0.0, 1.0), "blue", ("blue waves",)), painted((1.0, 0.0, 0.0), "wrong", ("blue waves",))
    others = [painted((0.0, 1.0, 0.0), "moss", ("green moss",)), painted((1.0, 1.0, 1.0), "fog", ("white fog",))]
    report = evaluate(exam(judge, track), [entry(blue, tmp_path), entry(wrong, tmp_path)], others)
    good, bad = (each.verdicts[0].colour for each in report.evaluations)
    assert good.mixed is not None and bad.mixed is not None
    assert (good.mixed.rank, good.mixed.top, good.mixed.pictures_first) == (1, "blue waves", 1)
    assert (bad.mixed.rank > 1, bad.mixed.top) == (True, "red fire")
    assert good.random.z > 1 > bad.random.z
    assert good.random.count == 8
    assert good.others is not None and good.others.count == 2 and good.others.z > 0
    assert report.precision["mixed"].hits == 0.5
    (family,) = report.diversity
    assert family.styles == ("blue", "wrong")
    assert family.distance > 0.5
    assert [bait.text for bait in report.evaluations[0].baits] == ["red letters"]
    assert report.evaluations[1].resembles[0][0] == "red fire"


def test_a_random_style_scores_like_random_ones(judge: ColourJudge, track: Track) -> None:
    eye = Eye(judge, spread([track], 4), nets=24)
    style = small_style(seed=5)
    chance = eye.random(style, grey=False)
    zs = [
        scores.scores(eye, Seen(own, np.delete(chance, i, axis=0), np.zeros((0, 7))), "blue waves", COLOURS).random.z
        for i, own in enumerate(chance)
    ]
    assert abs(np.mean(zs)) < 0.3
    assert np.std(zs) < 2


def test_the_null_is_the_mean_and_spread_of_chance() -> None:
    found = null(0.5, np.array([0.1, 0.2, 0.3]))
    assert (found.mean, found.sd, found.z) == pytest.approx((0.2, 0.1, 3))
    assert null(0.5, np.array([0.2])).z == 0


def test_equal_scores_are_no_hit() -> None:
    assert rank(np.array([0.5, 0.5, 0.1]), [0]) == 2
    assert rank(np.array([0.5, 0.4, 0.6]), [0, 2]) == 1


class Knowing(ColourJudge):
    """Recognises every form: pictures carry the number of theirs in the brightness of one pixel."""

    def embed_text(self, texts: Sequence[str]) -> Any:
        names = list(prompts.FORM_WORDS.values())
        return torch.eye(len(names))[[names.index(text.split()[-1]) for text in texts]]

    def embed_image(self, batch: Any) -> Any:
        return torch.eye(len(prompts.FORM_WORDS))[(batch[:, 0, 0, 0] * 255).round().long()]


def test_r_precision_of_a_judge_and_styles_that_make_no_mistake_is_1(track: Track) -> None:
    eye = Eye(Knowing(), spread([track], 2), nets=2)
    for number, word in enumerate(prompts.FORM_WORDS.values()):
        pictures = np.full((3, 16, 16, 3), number, np.uint8)
        listed = prompts.palette_fixed(f"blue {word}")
        assert listed is not None and len(listed.texts) == 22 and listed.chance == 1 / 22
        vectors = eye.pictures(pictures)
        seen = Seen(vectors, vectors[None].repeat(2, axis=0), np.zeros((0, 22)))
        found = scores.ranking(eye, seen, listed)
        assert (found.rank, found.top, found.pictures_first, found.random_first) == (1, f"blue {word}", 1, 1)


@pytest.mark.parametrize(
    ("prompt", "palette", "forms"),
    [
        ("blue spiral", "blue", ("spiral",)),
        ("Black and White chessboards", "black and white", ("checks",)),
        ("orange lava lamp", "orange", ("blobs",)),
        ("soft pastel watercolor abstract", "pastel", ("watercolor",)),
        ("flowing organic blue patterns", "blue", ("waves", "labyrinth", "blobs", "marble")),
        ("a dream of Lovecraft", "", ()),
    ],
)
def test_what_a_prompt_says_of_colour_and_form(prompt: str, palette: str, forms: tuple[str, ...]) -> None:
    assert (prompts.palette_of(prompt), prompts.forms_of(prompt)) == (palette, forms)
    listed = prompts.palette_fixed(prompt)
    assert (listed is None) == (not forms)
    if listed is not None:
        assert all(text.startswith(palette) for text in listed.texts)
        assert len(listed.wanted) == len(forms)


def test_a_prompt_without_colours_is_asked_for_in_those_of_its_form() -> None:
    listed = prompts.palette_fixed("cosmic nebula space")
    assert listed is not None
    assert listed.texts[listed.wanted[0]] == "purple blue pink nebula"


def test_the_lists_that_ship() -> None:
    assert len(prompts.shipped("mixed")) == 40
    assert {"flowing organic blue patterns", "geometric cyberpunk neon"} < set(prompts.shipped("mixed"))
    assert "a picture with written words" in prompts.shipped("artefacts")
    assert len(prompts.shipped("palette_fixed")) >= 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds 0 prompts"),
        (b"# only\nblue\nblue\n", "holds 1 prompts"),
        (b"blue\n\n" + b"x" * 301, "list.txt:3: a prompt of 301 characters"),
        (b"\xff\xfe\x00", "is no text file"),
        (b"\n".join(b"%d" % i for i in range(1001)), "holds 1001 prompts"),
    ],
)
def test_bad_lists_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        prompts.read(path)


def test_texts_with_unknown_words_are_left_out(judge: ColourJudge, track: Track) -> None:
    eye = Eye(judge, spread([track], 2), nets=2)
    vectors = eye.pictures(np.full((2, 16, 16, 3), 200, np.uint8))
    seen = Seen(vectors, vectors[None], np.zeros((0, 7)))
    found = scores.scores(eye, seen, "blue waves", (*COLOURS, "red lovecraft"))
    assert found.mixed is not None and found.mixed.prompts == 5
    assert found.others is None


def test_two_prompts_are_judged_by_the_calm_and_the_loud_half(judge: ColourJudge, track: Track, tmp_path: Path) -> None:
    style = small_style(prompts=("black labyrinth", "red fire"))
    (found,) = evaluate(exam(judge, track), [entry(style, tmp_path)]).evaluations
    assert [verdict.prompt for verdict in found.verdicts] == ["black labyrinth", "red fire"]


def test_a_style_that_only_its_guide_likes_has_collapsed(judge: ColourJudge, track: Track, tmp_path: Path) -> None:
    class Fooled(ColourJudge):
        def _text(self, text: str) -> Any:
            return -super()._text(text)

    red = painted((1.0, 0.0, 0.0), "red", ("blue waves",))
    guide = Eye(Fooled(), spread([track], 4), nets=8)
    (found,) = evaluate(exam(judge, track, guide=guide), [entry(red, tmp_path)]).evaluations
    (verdict,) = found.verdicts
    assert verdict.guide_z is not None
    assert verdict.collapsed == (verdict.guide_z >= 3)


def test_who_trained_a_style() -> None:
    assert guides(Header(judge="builtin (sha256 0a1b), openai-rn50")) == ("builtin", "openai-rn50")
    assert guides(Header(judge="")) == ()
    assert guides(Header(judge="openai-rn50 0123456789ab (unverified)")) == ("openai-rn50",)


def test_a_judge_is_known_in_a_header_by_its_name_or_its_weights() -> None:
    credit = "laion-vit-b32 0123456789ab (unverified)"
    same, other = "0123456789ab" + "0" * 52, "f" * 64
    assert credited(credit, JudgeInfo("datacomp-vit-b32", "", same, "", 224))
    assert credited(credit, JudgeInfo("laion-vit-b32", "", other, "", 224))
    assert not credited(credit, JudgeInfo("datacomp-vit-b32", "", other, "", 224))
    assert not credited("", JudgeInfo("datacomp-vit-b32", "", same, "", 224))


def test_a_judge_that_chose_the_step_is_no_stranger(judge: ColourJudge, track: Track, tmp_path: Path) -> None:
    chosen, free = small_style(name="chosen", held_out="fake 0a1b"), small_style(name="free", held_out="other 0a1b")
    report = evaluate(exam(judge, track), [entry(chosen, tmp_path), entry(free, tmp_path)])
    assert [each.chosen for each in report.evaluations] == [True, False]
