"""Judges of other families, LAION, DataComp and SigLIP, through the package open_clip_torch (the extra `judges`).

Any process. That package brings torchvision and timm, so it is imported only when one of these judges is opened. It
builds the networks (these use another GELU than OpenAI's code) and fetches the weights; their file is read here.
"""

import importlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from app.problems import UserError
from app.training.judges import checkpoint_file, weights
from app.training.judges.judge import UNVERIFIED, JudgeInfo
from app.training.judges.pictures import prepare

Tensor = Any
log = logging.getLogger("clavilux")
INSTALL = "pip install 'clavilux[judges]'"


@dataclass(frozen=True, slots=True)
class Published:
    """A judge here, and what open_clip calls it: network and tag of its weights."""

    name: str
    network: str
    tag: str
    family: str
    licence: str


LAION_VIT_B32 = Published("laion-vit-b32", "ViT-B-32", "laion2b_s34b_b79k", "LAION-2B", "MIT")
DATACOMP_VIT_B32 = Published("datacomp-vit-b32", "ViT-B-32", "datacomp_xl_s13b_b90k", "DataComp-1B", "MIT")
SIGLIP_VIT_B16 = Published("siglip-vit-b16", "ViT-B-16-SigLIP", "webli", "WebLI", "Apache-2.0")


def laion_vit_b32(path: Path | None = None) -> "OpenClipJudge":
    """Open ViT-B/32 trained on LAION-2B."""
    return open_published(LAION_VIT_B32, path)


def datacomp_vit_b32(path: Path | None = None) -> "OpenClipJudge":
    """Open ViT-B/32 trained on DataComp."""
    return open_published(DATACOMP_VIT_B32, path)


def siglip_vit_b16(path: Path | None = None) -> "OpenClipJudge":
    """Open SigLIP ViT-B/16 trained on WebLI."""
    return open_published(SIGLIP_VIT_B16, path)


def open_published(published: Published, path: Path | None = None) -> "OpenClipJudge":
    """Open a judge from `path`, or from where open_clip keeps its downloads. `UserError` says what is missing."""
    package = _package(published)
    config = package.get_pretrained_cfg(published.network, published.tag)
    if not config:
        raise UserError(f"{published.name}: this open_clip_torch does not know it; run: pip install -U open_clip_torch")
    place = path or _download(package, published, config)
    state = checkpoint_file.read(place)
    model = _build(package, published, state, place)
    family, licence = (published.family, published.licence) if path is None else (UNVERIFIED, "unknown")
    info = JudgeInfo(published.name, family, weights.sha256_of(place), licence, _size_px(model))
    return OpenClipJudge(info, model, _tokenizer(package, published), config["mean"], config["std"])


def _package(published: Published) -> Any:
    try:
        return importlib.import_module("open_clip")
    except ModuleNotFoundError as error:
        if error.name != "open_clip":
            told = f"open_clip_torch needs '{error.name}', which is not installed"
            raise UserError(f"{published.name}: {told}; run: {INSTALL}") from None
        raise UserError(f"{published.name}: needs open_clip_torch, which is not installed; run: {INSTALL}") from None
    except (ImportError, RuntimeError) as error:  # a torchvision made for another torch
        told = str(error).strip().partition("\n")[0]
        fix = f"install the torchvision that belongs to torch {torch.__version__}"
        raise UserError(f"{published.name}: open_clip_torch cannot be loaded ({told}); {fix}") from None


def _download(package: Any, published: Published, config: Mapping[str, Any]) -> Path:
    log.info("%s: looking for its weights (licence: %s)", published.name, published.licence)
    try:
        return Path(package.download_pretrained(config))
    except (OSError, RuntimeError, ValueError) as error:
        source = config.get("hf_hub") or config.get("url")
        told = str(error).strip().partition("\n")[0]
        hint = f"get open_clip_model.safetensors by hand from huggingface.co/{source} and use --judge-weights FILE"
        raise UserError(f"{published.name}: its weights cannot be downloaded ({told}); {hint}") from None


def _build(package: Any, published: Published, state: Mapping[str, Tensor], place: Path) -> Any:
    """Build the network in float32, frozen, without disturbing the random numbers of a training."""
    with torch.random.fork_rng(devices=[]):
        model = package.create_model(published.network, precision="fp32")
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        told = " ".join(str(error).split())[:160]
        raise UserError(f"{place}: holds no {published.network} as {published.name} has it ({told}…)") from None
    return model.float().eval().requires_grad_(False)


def _size_px(model: Any) -> int:
    size = model.visual.image_size
    return int(size if isinstance(size, int) else size[0])


def _tokenizer(package: Any, published: Published) -> Any:
    """Return open_clip's tokenizer: texts to ids. Some fetch their words, and without them take all for unknown."""
    try:
        tokenizer = package.get_tokenizer(published.network)
    except ImportError as error:
        raise UserError(f"{published.name}: its tokenizer needs {error.name}: pip install {error.name}") from None
    except (OSError, RuntimeError, ValueError) as error:
        told = str(error).strip().partition("\n")[0]
        raise UserError(f"{published.name}: its tokenizer cannot be had ({told}); open it once with internet") from None
    red, blue = tokenizer(["red", "blue"])
    if torch.equal(red, blue):
        raise UserError(f"{published.name}: its tokenizer came without its words; open it once with internet")
    return tokenizer


class OpenClipJudge:
    """Texts and pictures to unit vectors, by one of open_clip's networks, on the device of the last pictures.

    SigLIP was trained on squeezed pictures, the others on middle squares; here all see the middle square.
    """

    def __init__(
        self, info: JudgeInfo, model: Any, tokenizer: Any, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        self.info = info
        self.model = model
        self._tokenizer = tokenizer
        self._mean, self._std = mean, std

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Return (n, d) unit vectors."""
        place = next(self.model.parameters()).device
        with torch.no_grad():
            return F.normalize(self.model.encode_text(self._tokenizer(list(texts)).to(place)), dim=-1)

    def embed_image(self, batch: Tensor) -> Tensor:
        """Return (n, d) unit vectors for pictures (n, 3, height, width) in 0..1, with gradients to them."""
        if batch.device != next(self.model.parameters()).device:
            self.model.to(batch.device)
        return F.normalize(self.model.encode_image(prepare(batch, self.info.size_px, self._mean, self._std)), dim=-1)

    def unknown_words(self, text: str) -> tuple[str, ...]:  # noqa: ARG002 - any text is made of known tokens
        """Return (): this judge takes any text."""
        return ()
