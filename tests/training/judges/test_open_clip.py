"""Other families: the right network and weights are asked for, and what is missing is told in one line.

The package is imitated: it brings torchvision and is no part of what the tests need.
"""

import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from app.problems import UserError
from app.training.judges.judge import open_judge

CONFIGS = {
    ("ViT-B-32", "laion2b_s34b_b79k"): (0.48145466, 0.4578275, 0.40821073),
    ("ViT-B-32", "datacomp_xl_s13b_b90k"): (0.48145466, 0.4578275, 0.40821073),
    ("ViT-B-16-SigLIP", "webli"): (0.5, 0.5, 0.5),
}


class Net(torch.nn.Module):  # type: ignore[misc]
    """Colours to vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = torch.nn.Linear(3, 4, bias=False)
        self.visual.image_size = (32, 32)
        self.words = torch.nn.Embedding(256, 4)
        self.seen: list[Any] = []

    def encode_image(self, batch: Any) -> Any:
        self.seen.append(batch.detach())
        return self.visual(batch.mean(dim=(2, 3)))

    def encode_text(self, ids: Any) -> Any:
        return self.words(ids).mean(dim=1)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """An imitation of open_clip whose downloads lie in `tmp_path`."""
    module = ModuleType("open_clip")
    torch.manual_seed(2)
    save_file(Net().state_dict(), tmp_path / "hub.safetensors")
    module.asked = []  # type: ignore[attr-defined]

    def config(network: str, tag: str) -> dict[str, Any]:
        mean = CONFIGS.get((network, tag))
        return {"mean": mean, "std": (0.5, 0.5, 0.5), "hf_hub": f"{network}/{tag}/"} if mean else {}

    def download(config: dict[str, Any]) -> str:
        module.asked.append(config["hf_hub"])
        return str(tmp_path / "hub.safetensors")

    module.get_pretrained_cfg, module.download_pretrained = config, download  # type: ignore[attr-defined]
    module.create_model = lambda network, precision: Net()  # type: ignore[attr-defined]
    module.get_tokenizer = lambda network: lambda texts: torch.tensor([[ord(t[0])] for t in texts])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "open_clip", module)
    return module


@pytest.mark.parametrize(
    ("name", "asked", "family"),
    [
        ("laion-vit-b32", "ViT-B-32/laion2b_s34b_b79k/", "LAION-2B"),
        ("datacomp-vit-b32", "ViT-B-32/datacomp_xl_s13b_b90k/", "DataComp-1B"),
        ("siglip-vit-b16", "ViT-B-16-SigLIP/webli/", "WebLI"),
    ],
)
def test_each_name_asks_for_its_own_weights(package: Any, tmp_path: Path, name: str, asked: str, family: str) -> None:
    before = torch.random.get_rng_state()
    judge: Any = open_judge(name)
    assert torch.equal(before, torch.random.get_rng_state())
    assert package.asked == [asked] and judge.info.family == family and judge.info.size_px == 32
    assert judge.info.sha256 == hashlib.sha256((tmp_path / "hub.safetensors").read_bytes()).hexdigest()
    assert not any(weight.requires_grad for weight in judge.model.parameters())


def test_pictures_are_normalised_as_the_family_wants(package: Any) -> None:
    judge: Any = open_judge("siglip-vit-b16")
    vectors = judge.embed_image(torch.full((2, 3, 64, 20), 0.75))
    torch.testing.assert_close(judge.model.seen[0], torch.full((2, 3, 32, 32), 0.5))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(judge.embed_text(["red", "blue"]).norm(dim=1), torch.ones(2))


def test_a_judge_whose_package_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(UserError, match="siglip-vit-b16: needs open_clip_torch, which is not installed"):
        open_judge("siglip-vit-b16")


def test_a_file_by_hand_is_unverified(package: Any, tmp_path: Path) -> None:
    assert open_judge("laion-vit-b32", tmp_path / "hub.safetensors").info.family == "unverified weights"
    assert package.asked == []


def test_a_file_of_another_network_is_one_line(package: Any, tmp_path: Path) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"other\.safetensors: holds no ViT-B-32 as laion-vit-b32 has it") as told:
        open_judge("laion-vit-b32", tmp_path / "other.safetensors")
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_one_line(package: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.pt: cannot be read: No such file"):
        open_judge("siglip-vit-b16", tmp_path / "gone.pt")


def test_no_internet_says_how_to_get_the_file(package: Any) -> None:
    def download(config: dict[str, Any]) -> str:
        raise FileNotFoundError("Failed to download\nand much more")

    package.download_pretrained = download
    with pytest.raises(UserError, match=r"by hand from huggingface\.co/ViT-B-32/laion.*--judge-weights FILE") as told:
        open_judge("laion-vit-b32")
    assert "\n" not in str(told.value)


def test_an_old_package_does_not_know_the_name(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "get_pretrained_cfg", lambda network, tag: {})
    with pytest.raises(UserError, match="pip install -U open_clip_torch"):
        open_judge("siglip-vit-b16")


def test_a_tokenizer_without_words_is_refused(package: Any) -> None:
    package.get_tokenizer = lambda network: lambda texts: torch.zeros(len(texts), 3, dtype=torch.int64)
    with pytest.raises(UserError, match="came without its words"):
        open_judge("siglip-vit-b16")


def test_the_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(UserError, match=r"needs open_clip_torch.*clavilux\[judges\]"):
        open_judge("laion-vit-b32")


def test_a_torchvision_of_another_torch_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "open_clip", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "open_clip.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    with pytest.raises(UserError, match=f"torchvision::nms.*belongs to torch {torch.__version__.partition('+')[0]}"):
        open_judge("laion-vit-b32")
