"""OpenAI's CLIP as a judge: RN50, ViT-B/32, ViT-B/16 and ViT-L/14, with OpenAI's own model code and tokenizer.

Any process. Weights are stored in float16 and judged with in float32, for half precision loses gradients. The file must
be exactly the network that was named; a file that is not OpenAI's own is used all the same, and called unverified.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from app.problems import UserError
from app.training.judges import checkpoint_file, openai_files, weights
from app.training.judges.judge import UNVERIFIED, JudgeInfo
from app.training.judges.pictures import prepare
from app.training.judges.weights import WeightsFile

Tensor = Any
log = logging.getLogger("clavilux")

START, END = 49406, 49407
MOST_CHARACTERS = 2000
"""More than the tokens of the longest text that is read; the tokenizer's time grows with the square of a word."""
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
FAMILY, LICENCE = "OpenAI WIT-400M", "MIT"
_ADDRESSES = (
    "https://openaipublic.azureedge.net/clip/models/",
    "https://openaipublic.blob.core.windows.net/clip/models/",
)
"""The address in OpenAI's code, and the store behind it."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of one network. `vision_layers` are blocks of a ViT, or of a ResNet's four stages."""

    embed: int
    image_px: int
    vision_layers: int | tuple[int, ...]
    vision_width: int
    patch_px: int | None
    context: int
    vocabulary: int
    text_width: int
    text_layers: int

    def __str__(self) -> str:
        kind = "ResNet" if self.patch_px is None else f"ViT/{self.patch_px}"
        layers = self.vision_layers if self.patch_px is None else f"{self.vision_layers} layers"
        return f"{kind} of {layers}, {self.vision_width} wide, text {self.text_layers} x {self.text_width}"


@dataclass(frozen=True, slots=True)
class Published:
    """A judge that OpenAI published: its name here, its file, its shape."""

    name: str
    file: WeightsFile
    sizes: Sizes


def _file(name: str, sha256: str) -> WeightsFile:
    return WeightsFile(name, tuple(f"{address}{sha256}/{name}" for address in _ADDRESSES), sha256, LICENCE)


RN50 = Published(
    "openai-rn50",
    _file("RN50.pt", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"),
    Sizes(1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 12),
)
VIT_B32 = Published(
    "openai-vit-b32",
    _file("ViT-B-32.pt", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"),
    Sizes(512, 224, 12, 768, 32, 77, 49408, 512, 12),
)
VIT_B16 = Published(
    "openai-vit-b16",
    _file("ViT-B-16.pt", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f"),
    Sizes(512, 224, 12, 768, 16, 77, 49408, 512, 12),
)
VIT_L14 = Published(
    "openai-vit-l14",
    _file("ViT-L-14.pt", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836"),
    Sizes(768, 224, 24, 1024, 14, 77, 49408, 768, 12),
)


def rn50(path: Path | None = None) -> "ClipJudge":
    """Open RN50."""
    return open_published(RN50, path)


def vit_b32(path: Path | None = None) -> "ClipJudge":
    """Open ViT-B/32."""
    return open_published(VIT_B32, path)


def vit_b16(path: Path | None = None) -> "ClipJudge":
    """Open ViT-B/16."""
    return open_published(VIT_B16, path)


def vit_l14(path: Path | None = None) -> "ClipJudge":
    """Open ViT-L/14."""
    return open_published(VIT_L14, path)


def open_published(published: Published, path: Path | None = None) -> "ClipJudge":
    """Open a judge from `path`, or from the cache, downloading what isn't there. `UserError` says what is wrong."""
    openai_files.folder()  # before hundreds of megabytes come, say what is missing
    place = weights.ensure(published.file) if path is None else path
    state = checkpoint_file.read(place)
    sizes = sizes_of(state, place)
    if sizes != published.sizes:
        known = [other.name for other in (RN50, VIT_B32, VIT_B16, VIT_L14) if other.sizes == sizes]
        hint = f"name the judge {known[0]}" if known else "no judge here has that shape"
        raise UserError(f"{place}: holds a {sizes}; {published.name} is a {published.sizes}; {hint}")
    sha256 = published.file.sha256 if path is None else weights.sha256_of(place)
    family = FAMILY if sha256 == published.file.sha256 else UNVERIFIED
    info = JudgeInfo(published.name, family, sha256, LICENCE if family == FAMILY else "unknown", sizes.image_px)
    return ClipJudge(info, build(state, sizes, place))


def sizes_of(state: Mapping[str, Tensor], place: Path) -> Sizes:
    """Read the network's shape from its weights, as OpenAI's `build_model` does. `UserError` if it isn't a CLIP."""
    try:
        image_px, layers, width, patch_px = _vit(state) if "visual.proj" in state else _resnet(state)
        context, _ = state["positional_embedding"].shape
        vocabulary, text_width = state["token_embedding.weight"].shape
        embed = state["text_projection"].shape[1]
    except (KeyError, IndexError, ValueError):
        raise UserError(f"{place}: holds no CLIP network with OpenAI's names; its weights can't be used here") from None
    text_layers = _count(state, r"transformer\.resblocks\.(\d+)\.")
    return Sizes(embed, image_px, layers, width, patch_px, context, vocabulary, text_width, text_layers)


def _vit(state: Mapping[str, Tensor]) -> tuple[int, int | tuple[int, ...], int, int | None]:
    width, _, _, patch_px = state["visual.conv1.weight"].shape
    side = round((state["visual.positional_embedding"].shape[0] - 1) ** 0.5)
    return patch_px * side, _count(state, r"visual\.transformer\.resblocks\.(\d+)\."), width, patch_px


def _resnet(state: Mapping[str, Tensor]) -> tuple[int, int | tuple[int, ...], int, int | None]:
    layers = tuple(_count(state, rf"visual\.layer{stage}\.(\d+)\.") for stage in (1, 2, 3, 4))
    side = round((state["visual.attnpool.positional_embedding"].shape[0] - 1) ** 0.5)
    return 32 * side, layers, state["visual.layer1.0.conv1.weight"].shape[0], None


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    return len({found[1] for key in state if (found := re.match(pattern, key))})


def build(state: Mapping[str, Tensor], sizes: Sizes, place: Path) -> Any:
    """Build OpenAI's network in float32 around the weights: frozen, in evaluation mode, without a random number drawn.

    OpenAI's own `build_model` rounds to float16 on the way, hence not used.
    """
    with torch.device("meta"):
        model = openai_files.model_code().CLIP(
            sizes.embed, sizes.image_px, sizes.vision_layers, sizes.vision_width, sizes.patch_px, sizes.context,
            sizes.vocabulary, sizes.text_width, sizes.text_width // 64, sizes.text_layers,
        )  # fmt: skip
    wanted = {name: _weight(state, name, part, place) for name, part in model.state_dict().items()}
    model.load_state_dict(wanted, assign=True)
    mask = model.build_attention_mask()
    for block in model.transformer.resblocks:
        block.attn_mask = mask
    return model.eval().requires_grad_(False)


def _weight(state: Mapping[str, Tensor], name: str, part: Tensor, place: Path) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.int64)  # counts training steps; means nothing in evaluation
    found = state.get(name)
    if found is None or found.shape != part.shape:
        what = "is missing" if found is None else f"is {tuple(found.shape)}, not {tuple(part.shape)}"
        raise UserError(f"{place}: '{name}' {what}; this is not a whole CLIP network")
    weight = found.detach().to(torch.float32, copy=True).contiguous()
    if not bool(torch.isfinite(weight).all()):
        raise UserError(f"{place}: '{name}' holds numbers that are not finite; get the file again")
    return weight


def tokenize(texts: Sequence[str], context: int = 77) -> Tensor:
    """Return (n, context) token ids: start, the text's, end, zeros. A text that is too long is cut, with a warning."""
    result = torch.zeros(len(texts), context, dtype=torch.int64)
    for row, text in zip(result, texts, strict=True):
        ids = openai_files.tokenizer().encode(text[:MOST_CHARACTERS])
        if len(ids) > context - 2:
            log.warning("'%s…' is too long for this judge: its first %d tokens are read", text[:30], context - 2)
        ids = [START, *ids[: context - 2], END]
        row[: len(ids)] = torch.tensor(ids)
    return result


class ClipJudge:
    """Texts and pictures to unit vectors, by a CLIP network in float32, on the device of the last pictures."""

    def __init__(self, info: JudgeInfo, model: Any) -> None:
        self.info = info
        self.model = model

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Return (n, d) unit vectors."""
        place = self.model.text_projection.device
        with torch.no_grad():
            return F.normalize(self.model.encode_text(tokenize(texts, self.model.context_length).to(place)), dim=-1)

    def embed_image(self, batch: Tensor) -> Tensor:
        """Return (n, d) unit vectors for pictures (n, 3, height, width) in 0..1, with gradients to them."""
        if batch.device != self.model.text_projection.device:
            self.model.to(batch.device)
        return F.normalize(self.model.encode_image(prepare(batch, self.info.size_px, MEAN, STD)), dim=-1)

    def unknown_words(self, text: str) -> tuple[str, ...]:  # noqa: ARG002 - any text is made of known tokens
        """Return (): this judge takes any text."""
        return ()
