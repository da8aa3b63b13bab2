"""`clavilux evaluate`: what it refuses before any work, and what it writes."""

import json
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from app import style as styles
from app.commands import evaluate as command
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.style import Header
from app.training.evaluate import evaluation, eye
from app.training.evaluate.evaluation import Exam
from app.training.evaluate.eye import Eye
from app.training.evaluate.page import build
from app.training.evaluate.tracks import hear
from app.training.judges.judge import JudgeInfo
from tests.commands.conftest import Clavilux


class Stub:
    """Sees mean colour, reads nothing."""

    def __init__(self, name: str) -> None:
        self.info = JudgeInfo(name, "stub", "0" * 64, "MIT", 32)

    def embed_text(self, texts: Sequence[str]) -> Any:
        seeds = [zlib.crc32(text.encode()) for text in texts]
        vectors = torch.stack([torch.randn(3, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
        return torch.nn.functional.normalize(vectors, dim=1)

    def embed_image(self, batch: Any) -> Any:
        return torch.nn.functional.normalize(batch.mean(dim=(2, 3)) + 1e-3, dim=1)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in text.split() if word == "lovecraft")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "open_judge", lambda name, weights=None: Stub(name))
    monkeypatch.setattr(command, "Eye", partial(Eye, nets=3))
    monkeypatch.setattr(command, "Exam", partial(Exam, stills=2, backends=False))
    monkeypatch.setattr(command, "MOST_OTHERS", 2)
    monkeypatch.setattr(command, "hear", partial(hear, seconds=0.5))
    for module in (eye, evaluation):
        monkeypatch.setattr(module, "STILL_PX", (32, 32))
    for name in ("STILL_PX", "VIDEO_PX"):
        monkeypatch.setattr(build, name, (32, 18))


def save(name: str, **header: Any) -> None:
    style = random_style(1, Arch(width=8, depth=1), header=Header(**header), name=name)
    styles.save(style, Path(f"{name}.safetensors"))


def test_figures_table_and_page(clavilux: Clavilux, song: Path) -> None:
    save("sea", prompts=("blue waves lovecraft",), judge="builtin (0a1b)")
    save("untrained")
    Path("seed2").mkdir()
    Path("seed2/sea.safetensors").write_bytes(Path("sea.safetensors").read_bytes())
    named = ("sea.safetensors", "seed2/sea.safetensors", "untrained.safetensors")
    done = clavilux("evaluate", *named, "--audio", str(song), "--json", "out.json", "--html", "page")
    assert done.code == 0, done.err
    assert "'lovecraft' is not a word this judge knows" in done.out
    report = json.loads(Path("out.json").read_text())
    assert [each["name"] for each in report["evaluations"]] == ["sea", "sea #2", "untrained"]
    sea = report["evaluations"][0]
    assert sea["verdicts"][0]["colour"]["random"]["count"] == 3
    assert sea["bytes"] == Path("sea.safetensors").stat().st_size
    assert report["judge"]["name"] == "builtin-witness"
    assert report["diversity"][0]["styles"] == ["sea", "sea #2"]
    assert report["diversity"][0]["ssim"] == pytest.approx(1)
    assert "<video" in Path("page/report.html").read_text("utf-8")
    assert "R-precision" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such_style"], "unknown style 'no_such_style'"),
        (["broken.safetensors"], "broken.safetensors: corrupt or truncated"),
        (["sea.safetensors", "--judge", "builtin"], "sea: was trained by 'builtin', which cannot judge its own pupil"),
        (["sea.safetensors", "--audio", "nowhere.wav"], "nowhere.wav: no such file"),
        (["sea.safetensors", "--audio", "sea.safetensors"], "sea.safetensors: not a sound file"),
        (["sea.safetensors", "--prompts", "nowhere.txt"], "nowhere.txt: cannot be read"),
        (["sea.safetensors", "--prompts", "one.txt"], "one.txt: holds 1 prompts"),
        (["sea.safetensors", "--json", "no/out.json"], "does not exist; make it first"),
        (["sea.safetensors", "--html", "one.txt"], "one.txt: is a file; name a folder"),
        (["sea.safetensors", "--html", "no/such/page"], "does not exist; make it first"),
        (["sea.safetensors", "--ratings", "one.txt"], "add --html DIR"),
        (["sea.safetensors", "--html", "page", "--comparison", "one.txt"], "one.txt: is no JSON"),
    ],
)
def test_refused_in_one_line_before_any_work(clavilux: Clavilux, arguments: list[str], words: str) -> None:
    save("sea", prompts=("blue waves",), judge="builtin (0a1b)")
    Path("broken.safetensors").write_bytes(b"\xff" * 40)
    Path("one.txt").write_text("blue waves\n")
    before = sorted(Path().iterdir())
    done = clavilux("evaluate", *arguments)
    (line,) = done.err.splitlines()
    assert words in line
    assert done.code == 2
    assert sorted(Path().iterdir()) == before


def test_an_unknown_judge_is_named(clavilux: Clavilux, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.training.judges.judge import open_judge

    monkeypatch.setattr(command, "open_judge", open_judge)
    save("sea")
    assert (
        "unknown judge 'bultin'; did you mean 'builtin'?"
        in clavilux("evaluate", "sea.safetensors", "--judge", "bultin").err
    )


def test_the_guides_weights_under_another_name_are_refused(clavilux: Clavilux) -> None:
    save("sea", prompts=("blue waves",), judge=f"laion-vit-b32 {Stub('').info.sha256[:12]} (unverified)")
    done = clavilux("evaluate", "sea.safetensors", "--judge", "datacomp-vit-b32")
    assert done.code == 2 and "was trained with the weights of 'datacomp-vit-b32'" in done.err


def test_the_same_judge_if_one_insists(clavilux: Clavilux, song: Path) -> None:
    save("sea", prompts=("blue waves",), judge="builtin")
    done = clavilux("evaluate", "sea.safetensors", "--judge", "builtin", "--allow-same-judge", "--audio", str(song))
    assert done.code == 0, done.err
