"""The judge protocol and its table. Any process; a judge draws nothing and reads no file once it is open.

A judge turns texts and pictures into unit vectors of one space: their dot product is the similarity. It stays in
float32 and in evaluation mode, its own weights never change, and gradients flow through it to the pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.plugins import load
from app.problems import UserError

Tensor = Any
"""A `torch.Tensor`: torch is imported by the judges themselves, so that lists of them cost nothing."""


UNVERIFIED = "unverified weights"
"""The family of a judge whose weights are not the published ones: nobody knows what it learned from."""
SHA_TOLD = 12
"""Digits of a SHA-256 that stand for it in headers and messages."""


@dataclass(frozen=True, slots=True)
class JudgeInfo:
    """What a style or a report says about a judge.

    `family` names the data it learned from: two judges of one family share blind spots; `UNVERIFIED` where the weights
    are not those that were published under this name. `sha256` is that of its weights, hexadecimal.
    """

    name: str
    family: str
    sha256: str
    licence: str
    size_px: int

    @property
    def verified(self) -> bool:
        """Whether the weights are those that were published under this name."""
        return self.family != UNVERIFIED


class Judge(Protocol):
    """Texts and pictures to unit vectors."""

    info: JudgeInfo

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Return (n, d) unit vectors, float32; each text is at least one character."""

    def embed_image(self, batch: Tensor) -> Tensor:
        """Return (n, d) unit vectors for pictures (n, 3, height, width) in 0..1, differentiable, of any size ≥ 16."""

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of `text` that mean nothing to this judge, in order; () if it takes any text."""


JUDGES: dict[str, str] = {
    "builtin": "app.training.judges.builtin.judge:guide",
    "builtin-witness": "app.training.judges.builtin.judge:witness",
    "openai-rn50": "app.training.judges.openai_clip:rn50",
    "openai-vit-b32": "app.training.judges.openai_clip:vit_b32",
    "openai-vit-b16": "app.training.judges.openai_clip:vit_b16",
    "openai-vit-l14": "app.training.judges.openai_clip:vit_l14",
    "laion-vit-b32": "app.training.judges.open_clip:laion_vit_b32",
    "datacomp-vit-b32": "app.training.judges.open_clip:datacomp_vit_b32",
    "siglip-vit-b16": "app.training.judges.open_clip:siglip_vit_b16",
}
"""name → factory(weights: Path | None) → Judge. `weights` replaces the file that it would look for or download."""


def open_judge(name: str, weights: Path | None = None) -> Judge:
    """Open a judge by name. `UserError` if there is none of that name, or its weights can't be had or read."""
    judge: Judge = load("judge", JUDGES, name)(weights)
    return judge


def doubt(info: JudgeInfo) -> str:
    """Return one line about weights that are not the published ones, "" about those that are."""
    if info.verified:
        return ""
    return f"'{info.name}': not its published weights (SHA-256 {info.sha256[:SHA_TOLD]}…); they are unverified"


def refuse_same(guides: Sequence[JudgeInfo], judge: JudgeInfo, fix: str) -> None:
    """Raise `UserError` if `judge` has the weights of one of `guides`, under whatever name; `fix` is its end."""
    for guide in guides:
        if guide.sha256 == judge.sha256:
            raise UserError(f"'{judge.name}' has the weights of '{guide.name}', which guides; {fix}")
