"""CLIPig's guide runs: each of its experiments trains a step or two, unchanged but for their number."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.training import fitting
from app.training.experiment_file import read_experiment
from app.training.judges.judge import JudgeInfo
from app.training.loop import Training

DATA = Path(__file__).parent / "data"


class TinyJudge:
    """Pictures and texts to eight numbers, at random but always the same."""

    info = JudgeInfo("tiny", "none", "0" * 64, "MIT", 16)

    def embed_text(self, texts: Sequence[str]) -> Any:
        rows = [np.random.default_rng(sum(text.encode())).normal(size=8) for text in texts]
        return torch.nn.functional.normalize(torch.tensor(np.array(rows), dtype=torch.float32), dim=1)

    def embed_image(self, batch: Any) -> Any:
        small = torch.nn.functional.interpolate(batch, size=(4, 4), mode="area").flatten(1)
        weights = torch.tensor(np.random.default_rng(1).normal(size=(48, 8)), dtype=torch.float32)
        return torch.nn.functional.normalize(small @ weights, dim=1)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize("number", [5, 6, 7, 8, 9, 10, 12, 13])
def test_each_experiment_of_the_walkthrough_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "STEPS", 2)
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "docs/static/img").mkdir(parents=True)
    image.new("RGB", (32, 32), (90, 60, 30)).save(tmp_path / "docs/static/img/hpl4-c.png")
    text = (DATA / f"walkthrough_{number:02d}.yaml").read_text("utf-8")
    asked = read_experiment(text, "a.yaml", tmp_path)
    network = replace(asked.style, width=8, depth=1)
    judge = TinyJudge()
    training = Training(replace(asked, epochs=2, search=1, style=network), {"builtin": judge, "builtin-witness": judge})
    told = list(training.steps())
    assert told[-1].step == 2 and told[-1].stage == "done" and np.isfinite(told[-1].loss)
    assert told[-1].style is not None
