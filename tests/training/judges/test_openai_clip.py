"""OpenAI's CLIP: its words, its pictures, its weights, and files that are something else."""

import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from app.problems import UserError
from app.training.credits import label
from app.training.judges import openai_clip, openai_files
from app.training.judges.judge import doubt
from app.training.judges.openai_clip import ClipJudge, build, open_published, sizes_of, tokenize

from .conftest import TINY, published, tiny_state, tree, write_archive


def test_tokens_are_openais() -> None:
    ids = tokenize(["flowing organic blue patterns", "A &amp; b", "ü 10!"])
    assert ids.shape == (3, 77) and ids.dtype == torch.int64
    assert ids[0, :7].tolist() == [49406, 14922, 5980, 1746, 11637, 49407, 0]
    assert ids[1, :5].tolist() == [49406, 320, 261, 321, 49407]  # unescaped: a, &, b
    assert ids[2].count_nonzero() == 2 + len(openai_files.tokenizer().encode("ü 10!"))


@pytest.mark.parametrize("text", ["word " * 3000, "x" * 10_000, "🎨" * 500])
def test_a_long_text_is_cut_and_said_to_be(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "clavilux"):
        ids = tokenize([text])
    assert ids[0, 0] == 49406 and ids[0, 76] == 49407 and ids.count_nonzero() == 77
    assert "too long" in caplog.text and "75" in caplog.text


def test_a_short_text_is_not(caplog: pytest.LogCaptureFixture) -> None:
    tokenize(["word " * 75])
    assert caplog.text == ""


@pytest.mark.parametrize("kind", sorted(TINY))
def test_weights_become_float32_bit_by_bit_and_judge_like_openais_code(kind: str, archives: dict[str, Path]) -> None:
    judge = open_published(published("tiny", archives[kind], kind), archives[kind])
    state = tiny_state(kind)
    for name, weight in judge.model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        assert weight.dtype == torch.float32 and torch.equal(weight, state[name].float()), name
    theirs = openai_files.model_code().build_model(dict(state)).float()
    ids, batch = tokenize(["blue fog", "red"]), torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(judge.model.encode_text(ids), theirs.encode_text(ids), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(judge.model.encode_image(batch), theirs.encode_image(batch), atol=1e-5, rtol=1e-4)


def test_float32_files_are_not_rounded(tmp_path: Path) -> None:
    state = {name: value.float() for name, value in tiny_state("vit").items()}
    state["text_projection"] += 1e-6
    save_file(state, tmp_path / "w.safetensors")
    judge = open_published(published("tiny", tmp_path / "w.safetensors", "vit"), tmp_path / "w.safetensors")
    assert torch.equal(judge.model.text_projection, state["text_projection"])


def test_the_official_file_is_known_by_its_hash_and_any_other_is_unverified(archives: dict[str, Path]) -> None:
    official = published("tiny", archives["vit"], "vit")
    judge = open_published(official, archives["vit"])
    assert (judge.info.family, judge.info.licence) == ("OpenAI WIT-400M", "MIT")
    assert label(judge.info) == f"tiny {judge.info.sha256[:12]}" and doubt(judge.info) == ""
    other = write_archive(archives["vit"].with_name("other.pt"), tree(tiny_state("vit", seed=6)))
    judge = open_published(official, other)
    assert (judge.info.family, judge.info.licence) == ("unverified weights", "unknown")
    assert label(judge.info) == f"tiny {judge.info.sha256[:12]} (unverified)"
    assert judge.info.sha256[:12] in doubt(judge.info)
    assert judge.info.sha256 == hashlib.sha256(other.read_bytes()).hexdigest() != official.file.sha256


def test_a_plain_state_dict_is_read_too(tmp_path: Path, archives: dict[str, Path]) -> None:
    torch.save(tiny_state("rn"), tmp_path / "rn.bin")
    ours = open_published(published("tiny", archives["rn"], "rn"), tmp_path / "rn.bin")
    theirs = open_published(published("tiny", archives["rn"], "rn"), archives["rn"])
    assert torch.equal(ours.embed_text(["red"]), theirs.embed_text(["red"]))


def test_another_network_than_the_named_one_is_one_line(archives: dict[str, Path]) -> None:
    with pytest.raises(UserError, match=r"vit\.pt: holds a ViT/16.*openai-rn50 is a ResNet.*no judge here") as told:
        openai_clip.rn50(archives["vit"])
    assert "\n" not in str(told.value)


def test_the_right_name_is_said_for_a_known_network(archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_clip, "VIT_L14", published("openai-vit-l14", archives["vit"], "vit"))
    with pytest.raises(UserError, match="name the judge openai-vit-l14"):
        openai_clip.rn50(archives["vit"])


def lacking(state: dict[str, Any]) -> None:
    del state["ln_final.bias"]


def misshapen(state: dict[str, Any]) -> None:
    state["visual.ln_pre.weight"] = torch.ones(63)


def not_finite(state: dict[str, Any]) -> None:
    state["visual.proj"][3, 3] = torch.nan


def foreign(state: dict[str, Any]) -> None:
    del state["token_embedding.weight"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lacking, "'ln_final.bias' is missing"),
        (misshapen, r"'visual.ln_pre.weight' is \(63,\), not \(64,\)"),
        (not_finite, "'visual.proj' holds numbers that are not finite"),
        (foreign, "holds no CLIP network"),
    ],
)
def test_spoilt_weights_are_one_line(spoil: Any, message: str) -> None:
    state = tiny_state("vit")
    spoil(state)
    with pytest.raises(UserError, match=message):
        build(state, sizes_of(state, Path("x.pt")), Path("x.pt"))


def test_the_published_shapes_are_those_of_openais_networks() -> None:
    parameters = {openai_clip.RN50: 102_007_137, openai_clip.VIT_B32: 151_277_313, openai_clip.VIT_B16: 149_620_737}
    for one, count in (parameters | {openai_clip.VIT_L14: 427_616_513}).items():
        sizes = one.sizes
        with torch.device("meta"):
            model = openai_files.model_code().CLIP(
                sizes.embed, sizes.image_px, sizes.vision_layers, sizes.vision_width, sizes.patch_px, sizes.context,
                sizes.vocabulary, sizes.text_width, sizes.text_width // 64, sizes.text_layers,
            )  # fmt: skip
        assert sum(weight.numel() for weight in model.parameters()) == count, one.name
        assert sizes_of(model.state_dict(), Path("x")) == sizes
        assert all(one.file.sha256 in url and url.endswith(one.file.name) for url in one.file.urls)


def test_any_text_is_known(archives: dict[str, Path]) -> None:
    judge = open_published(published("tiny", archives["vit"], "vit"), archives["vit"])
    assert isinstance(judge, ClipJudge) and judge.unknown_words("Lovecraft flurbl 🎨") == ()
