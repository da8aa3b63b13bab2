"""What every judge must do, over all that can be opened here, and the shape of the table."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import torch

from app.plugins import load
from app.problems import UserError
from app.training.judges.judge import JUDGES, open_judge
from app.training.judges.openai_clip import ClipJudge, open_published

from .conftest import published

Open = Callable[[dict[str, Path], Path], Any]


def tiny(kind: str) -> Open:
    """Open a tiny random CLIP from the cache, through the reader and the hash check that real files go through."""

    def opener(archives: dict[str, Path], cache: Path) -> ClipJudge:
        (cache / f"{kind}.pt").write_bytes(archives[kind].read_bytes())
        return open_published(published(f"tiny-{kind}", cache / f"{kind}.pt", kind))

    return opener


def shipped(name: str) -> Open:
    return lambda _archives, _cache: open_judge(name)


OPENERS: dict[str, Open] = {
    "openai vit": tiny("vit"), "openai rn": tiny("rn"),
    "builtin": shipped("builtin"), "builtin-witness": shipped("builtin-witness"),
}  # fmt: skip


@pytest.fixture(params=OPENERS, ids=str)
def judge(request: pytest.FixtureRequest, archives: dict[str, Path], cache: Path) -> Any:
    return OPENERS[request.param](archives, cache)


def pictures(height: int, width: int, count: int = 2) -> Any:
    return torch.rand((count, 3, height, width), generator=torch.Generator().manual_seed(3))


def test_texts_become_unit_vectors(judge: Any) -> None:
    vectors = judge.embed_text(["blue stripes", "red"])
    assert vectors.dtype == torch.float32 and vectors.shape[0] == 2
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-4)


@pytest.mark.parametrize("size", [(16, 16), (32, 32), (17, 301), (224, 100)])
def test_pictures_of_any_size_become_unit_vectors_of_the_same_space(judge: Any, size: tuple[int, int]) -> None:
    vectors = judge.embed_image(pictures(*size))
    assert vectors.dtype == torch.float32 and vectors.shape == judge.embed_text(["red", "blue"]).shape
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-4)


@pytest.mark.parametrize("size", [(32, 32), (48, 48)])
def test_the_gradient_reaches_every_pixel(judge: Any, size: tuple[int, int]) -> None:
    batch = pictures(*size).requires_grad_()
    (judge.embed_image(batch) @ judge.embed_text(["red waves"]).T).sum().backward()
    assert batch.grad.isfinite().all()
    assert (batch.grad.abs().amax(dim=1) > 0).float().mean() > 0.95


def test_the_same_question_has_the_same_answer(judge: Any) -> None:
    batch = pictures(40, 40)
    assert torch.equal(judge.embed_image(batch), judge.embed_image(batch))
    assert torch.equal(judge.embed_text(["red"]), judge.embed_text(["red"]))


def test_one_picture_does_not_change_another(judge: Any) -> None:
    batch = pictures(40, 40, 4)
    torch.testing.assert_close(judge.embed_image(batch)[1:2], judge.embed_image(batch[1:2]), atol=1e-5, rtol=1e-4)


def test_judging_changes_no_weights_and_draws_no_random_number(judge: Any) -> None:
    before = torch.random.get_rng_state()
    batch = pictures(32, 32).requires_grad_()
    judge.embed_image(batch).sum().backward()
    assert torch.equal(before, torch.random.get_rng_state())
    assert not judge.embed_text(["red"]).requires_grad
    model = getattr(judge, "model", None)
    if model is not None:
        assert not any(weight.requires_grad or weight.grad is not None for weight in model.parameters())
        assert not any(module.training for module in model.modules())
        assert all(weight.dtype == torch.float32 for weight in model.parameters())


def test_it_says_what_it_is(judge: Any) -> None:
    info = judge.info
    assert len(info.sha256) == 64 and int(info.sha256, 16) >= 0
    assert info.name and info.family and info.licence and info.size_px >= 16
    assert isinstance(judge.unknown_words("red flurbl"), tuple)


@pytest.mark.parametrize("name", [name for name in JUDGES if not name.startswith("builtin")])
def test_each_row_of_the_table_leads_to_a_factory_for_weights(name: str) -> None:
    factory = load("judge", JUDGES, name)
    (path,) = signature(factory).parameters.values()
    assert path.default is None


@pytest.mark.parametrize("name", [name for name in JUDGES if name.startswith("openai")])
def test_a_file_that_is_not_there_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.pt: cannot be read: No such file") as told:
        open_judge(name, tmp_path / "gone.pt")
    assert "\n" not in str(told.value)


def test_an_unknown_judge_is_told_the_nearest() -> None:
    with pytest.raises(UserError, match="unknown judge 'openai-vit-b31'; did you mean 'openai-vit-b32'"):
        open_judge("openai-vit-b31")
