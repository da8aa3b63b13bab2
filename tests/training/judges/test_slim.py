"""The guide in NumPy is the guide: same vectors from the same file, without torch."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import torch

from app.problems import UserError
from app.training.judges.builtin import slim
from app.training.judges.builtin.judge import file_of, guide


@pytest.fixture(scope="module")
def numeric() -> slim.SlimGuide:
    return slim.SlimGuide(file_of("guide"))


def test_texts_and_pictures_of_any_size_have_the_same_vectors(numeric: slim.SlimGuide) -> None:
    judge = guide(None)
    texts = ["ocean at night", "something calm and green", "red fire, no smoke", "waves " * 30]
    for text, vector in zip(texts, judge.embed_text(texts), strict=True):
        own = numeric.read(text)
        assert own is not None
        assert np.abs(own - vector.numpy()).max() < 1e-5
    dice = np.random.default_rng(1)
    for height, width in ((54, 96), (64, 64), (30, 40), (128, 100)):
        picture = dice.integers(0, 256, (height, width, 4), np.uint8) // dice.integers(1, 6, (height, 1, 4), np.uint8)
        batch = torch.tensor(picture[..., :3] / 255.0, dtype=torch.float32).permute(2, 0, 1)[None]
        assert np.abs(numeric.see(picture) - judge.embed_image(batch)[0].detach().numpy()).max() < 1e-5


def test_it_needs_no_torch_and_reads_nothing_where_no_word_is_known(numeric: slim.SlimGuide) -> None:
    imported = [line.split()[1] for line in inspect.getsource(slim).splitlines() if line.startswith(("import", "from"))]
    assert not any("torch" in name for name in imported)
    assert numeric.read("xyzzy") is None
    assert numeric.read("") is None


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "guide.safetensors"
    broken.write_bytes(b"not weights")
    for file in (broken, tmp_path / "missing", file_of("witness")):
        with pytest.raises(UserError, match="not the weights of the built-in guide"):
            slim.SlimGuide(file)
