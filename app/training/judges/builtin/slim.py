"""The guide in NumPy: the same two towers from the same file, for a show that must not import torch. Any thread.

It only looks and reads, a picture in milliseconds; there are no gradients. Held to the torch towers by a test.
"""

from collections.abc import Mapping
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as tensors_of

from app.problems import UserError
from app.training.judges.builtin.lexicon import known_words, read

Array = NDArray[np.float32]
SIZE_PX = 64
MAX_WORDS = 16
HEADS = 4
PARTS = {"texts.words.weight", "texts.layers.layers.1.linear2.weight", "images.layout.weight", "project.weight"}
"""Some of what only the guide's file holds."""
BATCH_NORM_EPS = LAYER_NORM_EPS = 1e-5
SPREAD_EPS = 1e-4


class SlimGuide:
    """`see` and `read` give unit vectors of one space, (128,) float32."""

    def __init__(self, file: Path) -> None:
        """`UserError` if the file is not the guide's weights."""
        try:
            tensors = tensors_of(file.read_bytes())
        except (OSError, SafetensorError, ValueError):
            raise UserError(f"{file}: not the weights of the built-in guide: damaged, or of another kind") from None
        self._weights = {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}
        self._numbers = {word: i + 1 for i, word in enumerate(known_words())}
        if not self._weights.keys() >= PARTS:
            raise UserError(f"{file}: not the weights of the built-in guide: its towers are others")
        if self._weights["texts.words.weight"].shape[0] != len(self._numbers) + 1:
            raise UserError(f"{file}: not the weights of the built-in guide: it knows other words")

    def read(self, text: str) -> Array | None:
        """Return the vector of a text, None if no word of it is known; negated and unknown words are left out."""
        numbers = [self._numbers[word] for word in read(text).words][:MAX_WORDS]
        if not numbers:
            return None
        texts = _part(self._weights, "texts.")
        x = texts["words.weight"][numbers] + texts["place"][: len(numbers)]
        for i in range(2):
            x = _encoder_layer(_part(texts, f"layers.layers.{i}."), x)
        x = _layer_norm(_part(texts, "head.0."), x.sum(0) / sqrt(len(numbers)))
        return _unit(_linear(texts, "head.3.", _gelu(_linear(texts, "head.1.", x))))

    def see(self, picture: NDArray[np.uint8]) -> Array:
        """Return the vector of a picture (height, width, 3 or more), of any size."""
        images = _part(self._weights, "images.")
        small = fitted(np.asarray(picture[..., :3], np.float32) / 255.0)
        maps = [small.transpose(2, 0, 1) * 2.0 - 1.0]
        maps.append(_conv(images, "stages.0", maps[-1], 2))
        maps.append(_conv(images, "stages.1", maps[-1], 2))
        maps.append(_residual(images, "stages.2.1", _conv(images, "stages.2.0", maps[-1], 2)))
        maps.append(_residual(images, "stages.3.1", _conv(images, "stages.3.0", maps[-1], 2)))
        layout = np.tensordot(images["layout.weight"][..., 0, 0], maps[-1], 1) + images["layout.bias"][:, None, None]
        pooled = np.concatenate([*(_statistics(x) for x in maps), layout.ravel()])
        scale, shift = _batch_norm(images, "head.0")
        features = _gelu(_linear(images, "head.1.", pooled * scale + shift))
        return _unit(_linear(self._weights, "project.", features))


def fitted(picture: Array) -> Array:
    """Return a picture (h, w, c) as 64 × 64 by a triangle filter as wide as the step, as torch's antialiased one."""
    rows, columns = (_filter(length) for length in picture.shape[:2])
    return np.asarray(np.einsum("yh,hwc,xw->yxc", rows, picture, columns, optimize=True), np.float32)


def _filter(length: int) -> Array:
    step = length / SIZE_PX
    centres = (np.arange(SIZE_PX) + 0.5) * step
    distance = np.abs(np.arange(length) + 0.5 - centres[:, None]) / max(step, 1.0)
    weights = np.maximum(1.0 - distance, 0.0)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def _part(weights: Mapping[str, Array], start: str) -> dict[str, Array]:
    return {name.removeprefix(start): tensor for name, tensor in weights.items() if name.startswith(start)}


def _conv(weights: Mapping[str, Array], name: str, x: Array, stride: int = 1, active: bool = True) -> Array:
    """Convolution, batch norm and, where `active`, GELU: (c, h, w) → (c', h / stride, w / stride)."""
    kernel = weights[f"{name}.0.weight"]
    side = kernel.shape[-1]
    padded = np.pad(x, ((0, 0), (side // 2,) * 2, (side // 2,) * 2))
    windows = sliding_window_view(padded, (side, side), (1, 2))[:, ::stride, ::stride]
    scale, shift = _batch_norm(weights, f"{name}.1")
    out = np.tensordot(kernel * scale[:, None, None, None], windows, ((1, 2, 3), (0, 3, 4))) + shift[:, None, None]
    return _gelu(out) if active else np.asarray(out, np.float32)


def _residual(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    return _gelu(x + _conv(weights, f"{name}.second", _conv(weights, f"{name}.first", x), active=False))


def _batch_norm(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    """Return the factor and the addend that batch norm is once it no longer learns."""
    scale = weights[f"{name}.weight"] / np.sqrt(weights[f"{name}.running_var"] + BATCH_NORM_EPS)
    return scale, weights[f"{name}.bias"] - weights[f"{name}.running_mean"] * scale


def _statistics(x: Array) -> Array:
    """Return mean and spread of each channel."""
    mean = x.mean((1, 2))
    spread = np.maximum((x * x).mean((1, 2)) - mean * mean, 0.0)
    return np.concatenate([mean, np.sqrt(spread + SPREAD_EPS)])


def _encoder_layer(weights: Mapping[str, Array], x: Array) -> Array:
    """One pre-norm transformer layer over (words, width)."""
    count, width = x.shape
    normed = _layer_norm(_part(weights, "norm1."), x)
    mixed = normed @ weights["self_attn.in_proj_weight"].T + weights["self_attn.in_proj_bias"]
    query, key, value = mixed.reshape(count, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
    scores = query @ key.transpose(0, 2, 1) / sqrt(width / HEADS)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    heads = shares / shares.sum(-1, keepdims=True) @ value
    x = x + _linear(weights, "self_attn.out_proj.", heads.transpose(1, 0, 2).reshape(count, width))
    normed = _layer_norm(_part(weights, "norm2."), x)
    return x + _linear(weights, "linear2.", _gelu(_linear(weights, "linear1.", normed)))


def _linear(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    return np.asarray(x @ weights[f"{name}weight"].T + weights[f"{name}bias"], np.float32)


def _layer_norm(weights: Mapping[str, Array], x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + LAYER_NORM_EPS)
    return np.asarray(centred / spread * weights["weight"] + weights["bias"], np.float32)


def _gelu(x: Array) -> Array:
    """x · Φ(x), with the error function after Abramowitz and Stegun 7.1.26 (off by at most 1.5e-7)."""
    z = np.abs(x) / np.float32(sqrt(2.0))
    t = 1.0 / (1.0 + 0.3275911 * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.asarray(0.5 * x * (1.0 + np.sign(x) * (1.0 - series * np.exp(-z * z))), np.float32)


def _unit(x: Array) -> Array:
    return np.asarray(x / max(float(np.linalg.norm(x)), 1e-12), np.float32)
