"""The built-in judges as judges: their files in assets/judges/, and texts and pictures to unit vectors. Any process."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from safetensors import SafetensorError
from safetensors.torch import load as tensors_of

from app import paths
from app.problems import UserError
from app.training.judges.builtin.lexicon import known_words, read, unknown_words
from app.training.judges.builtin.towers import MAX_WORDS, SIZE_PX, Dual
from app.training.judges.judge import UNVERIFIED, JudgeInfo

Tensor = Any
NAMES = {"guide": "builtin", "witness": "builtin-witness"}
FAMILIES = {"guide": "clavilux-fields", "witness": "clavilux-shapes"}
MAX_BYTES = 10 * 2**20


def file_of(kind: str) -> Path:
    """Return where the weights of "guide" or "witness" ship."""
    return paths.shipped("assets") / "judges" / f"{kind}.safetensors"


def guide(weights: Path | None) -> "BuiltinJudge":
    """Open the judge that guides training."""
    return BuiltinJudge("guide", weights or file_of("guide"))


def witness(weights: Path | None) -> "BuiltinJudge":
    """Open the judge that never trained a style."""
    return BuiltinJudge("witness", weights or file_of("witness"))


def ids_of(words: Sequence[str]) -> list[int]:
    """Return up to 16 word numbers, padded with 0."""
    numbers = _numbers()
    return ([numbers[word] for word in words] + [0] * MAX_WORDS)[:MAX_WORDS]


@cache
def _numbers() -> dict[str, int]:
    return {word: i + 1 for i, word in enumerate(known_words())}


class BuiltinJudge:
    """A judge that knows the words of `vocabulary` and nothing else; unknown words are left out of the vector."""

    def __init__(self, kind: str, path: Path) -> None:
        data = _bytes(path)
        sha = sha256(data).hexdigest()
        self.info = JudgeInfo(NAMES[kind], _family(kind, path, sha), sha, "MIT", SIZE_PX)
        self._net = Dual(kind, len(known_words()))
        try:
            self._net.load_state_dict({name: tensor.float() for name, tensor in tensors_of(data).items()})
        except (SafetensorError, RuntimeError, ValueError) as error:
            told = "these are another judge's" if isinstance(error, RuntimeError) else "damaged, or of another kind"
            fix = "; install Clavilux again" if path == file_of(kind) else ""
            raise UserError(f"{path}: not the weights of the built-in {kind}: {told}{fix}") from None
        self._net.eval().requires_grad_(False)

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Return (n, 128) unit vectors; negated and unknown words are left out."""
        with torch.no_grad():
            numbers = torch.tensor([ids_of(read(text).words) for text in texts])
            return self._net.read(numbers.to(next(self._net.parameters()).device))

    def embed_image(self, batch: Tensor) -> Tensor:
        """Return (n, 128) unit vectors for pictures (n, 3, h, w) in 0..1."""
        self._net.to(batch.device)
        if batch.shape[-2:] != (SIZE_PX, SIZE_PX):
            batch = F.interpolate(batch, (SIZE_PX, SIZE_PX), mode="bilinear", antialias=True, align_corners=False)
        return self._net.see(batch)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words that were never practised, as written."""
        return unknown_words(text)


def _family(kind: str, path: Path, sha: str) -> str:
    """Return the family, if these are the weights that ship."""
    same = path == file_of(kind) or sha == sha256(_bytes(file_of(kind))).hexdigest()
    return FAMILIES[kind] if same else UNVERIFIED


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES // 2**20} MB; not the weights of a built-in judge")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: the judge's weights cannot be read: {error.strerror}") from None
