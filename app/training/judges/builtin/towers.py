"""The towers of the built-in judges: two image towers and two text towers of different make. Torch modules, no files.

The guide: a small conv net that pools mean and spread of every stage, and a text transformer. The witness: convolutions
with attention between the places, asked by four questions, and a gated bag of words. Both are float32 and small enough
to train on a CPU.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import nn

Tensor = Any
WIDTH = 128
"""Length of a judge's vectors."""
MAX_WORDS = 16
SIZE_PX = 64


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and GELU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.GELU()
    )


class Residual(nn.Module):
    """x + two convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels, 3)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the same shape."""
        return F.gelu(x + self.second(self.first(x)))


class _Statistics(torch.autograd.Function):
    """Mean and spread with a gradient in one pass: torch's own takes longer than all convolutions together."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        wide = x.float()  # 16-bit sums would drown a small spread beside a large mean
        mean = wide.mean((2, 3), keepdim=True)
        spread = (((wide * wide).mean((2, 3), keepdim=True) - mean * mean).clamp(min=0.0) + 1e-4).sqrt()
        ctx.save_for_backward(x, mean, spread)
        return torch.cat([mean, spread], 1).flatten(1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        x, mean, spread = ctx.saved_tensors
        of_mean, of_spread = (grads[0][:, :, None, None] / (x.shape[2] * x.shape[3])).chunk(2, 1)
        of_spread = of_spread / spread
        return torch.addcmul((of_mean - of_spread * mean).to(x.dtype), x, of_spread.to(x.dtype))


def statistics(x: Tensor) -> Tensor:
    """Return mean and spread of each channel, (n, 2c): what a texture is, wherever it lies."""
    found: Tensor = _Statistics.apply(x)
    return found


class ConvImages(nn.Module):
    """Pictures (n, 3, 64, 64) in 0..1 → (n, features): statistics of every stage, and the last one as it lies."""

    features = 384

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([
            conv(3, 24, 5, 2), conv(24, 64, 3, 2), nn.Sequential(conv(64, 128, 3, 2), Residual(128)),
            nn.Sequential(conv(128, 192, 3, 2), Residual(192)),
        ])  # fmt: skip
        self.layout = nn.Conv2d(192, 32, 1)
        pooled = 2 * (3 + 24 + 64 + 128 + 192) + 32 * 16
        self.head = nn.Sequential(nn.BatchNorm1d(pooled), nn.Linear(pooled, self.features), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        """Return features before the last projection."""
        maps = [x * 2.0 - 1.0]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        pooled = [statistics(m) for m in maps]
        return self.head(torch.cat([*pooled, self.layout(maps[-1]).flatten(1)], 1))


def layers(width: int, hidden: int, count: int) -> nn.TransformerEncoder:
    """Return a small pre-norm transformer with four heads."""
    layer = nn.TransformerEncoderLayer(width, 4, hidden, 0.0, "gelu", batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, count, enable_nested_tensor=False)


class PatchImages(nn.Module):
    """Pictures (n, 3, 64, 64) in 0..1 → (n, features): convolutions, attention between 8 × 8 places, attention pooling.

    Convolutions first, because they learn from far fewer pictures; one layer of attention, to see how places lie.
    """

    features = 256

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv(3, 32, 5, 2), conv(32, 64, 3, 2), conv(64, WIDTH, 3, 2), Residual(WIDTH), Residual(WIDTH)
        )
        self.place = nn.Parameter(torch.randn(64, WIDTH) * 0.02)
        self.layers = layers(WIDTH, 320, 1)
        self.ask = nn.Linear(WIDTH, 4)
        pooled = WIDTH * 4 + 6
        self.head = nn.Sequential(nn.LayerNorm(pooled), nn.Linear(pooled, self.features), nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        """Return features before the last projection."""
        x = x * 2.0 - 1.0
        patches = self.layers(self.stem(x).flatten(2).transpose(1, 2) + self.place)
        weights = self.ask(patches).softmax(1)
        pooled = torch.einsum("bnk,bnd->bkd", weights, patches).flatten(1)
        return self.head(torch.cat([pooled, statistics(x)], 1))


class TransformerText(nn.Module):
    """Word numbers (n, 16), 0 = no word → (n, width)."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words + 1, WIDTH, padding_idx=0)
        self.place = nn.Parameter(torch.randn(MAX_WORDS, WIDTH) * 0.02)
        self.layers = layers(WIDTH, 256, 2)
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 256), nn.GELU(), nn.Linear(256, WIDTH))

    def forward(self, ids: Tensor) -> Tensor:
        """Return one vector for each text, not yet of unit length."""
        there = ids > 0
        x = self.layers(self.words(ids) + self.place, src_key_padding_mask=~there)
        return self.head((x * there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp(min=1) ** 0.5)


class BagText(nn.Module):
    """Word numbers (n, 16), 0 = no word → (n, width); a word's weight depends on it and on where it stands."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words + 1, WIDTH, padding_idx=0)
        self.place = nn.Parameter(torch.randn(MAX_WORDS, WIDTH) * 0.02)
        self.mix = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 256), nn.GELU(), nn.Linear(256, WIDTH))
        self.gate = nn.Linear(WIDTH, 1)
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 256), nn.GELU(), nn.Linear(256, WIDTH))

    def forward(self, ids: Tensor) -> Tensor:
        """Return one vector for each text, not yet of unit length."""
        x = self.words(ids) + self.place
        x = x + self.mix(x)
        weights = 2.0 * torch.sigmoid(self.gate(x)) * (ids > 0)[..., None]
        return self.head((x * weights).sum(1) / (ids > 0).sum(1, keepdim=True).clamp(min=1) ** 0.5)


KINDS: dict[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "guide": (ConvImages, TransformerText),
    "witness": (PatchImages, BagText),
}


class Dual(nn.Module):
    """One judge: an image tower and a text tower meeting in unit vectors of length 128."""

    def __init__(self, kind: str, words: int) -> None:
        super().__init__()
        images, texts = KINDS[kind]
        self.images, self.texts = images(), texts(words)
        self.project = nn.Linear(images.features, WIDTH)

    def see(self, pictures: Tensor) -> Tensor:
        """Return (n, 128) unit vectors for pictures (n, 3, 64, 64) in 0..1."""
        return F.normalize(self.project(self.images(pictures)).float(), dim=-1)

    def read(self, ids: Tensor) -> Tensor:
        """Return (n, 128) unit vectors for word numbers (n, 16)."""
        return F.normalize(self.texts(ids), dim=-1)
