"""The eye: a judge's view of pictures, texts and chance, as arrays. Remembers what it has seen once.

torch only carries pictures to the judge and vectors back; nothing here takes a gradient.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.style import Header, Style
from app.training.evaluate.frames import Brush, Film, Moment, greyscale
from app.training.judges.judge import Judge, Tensor

Vectors = NDArray[np.float64]
"""Unit vectors, shape (…, d)."""
STILL_PX = (224, 224)
"""Square and as large as most judges look, so that what is judged is what a square view shows."""
RANDOM_NETS, RANDOM_MOMENTS = 32, 4
AT_ONCE = 16


class Eye:
    """One judge, and the moments at which untrained networks are shown to it."""

    def __init__(self, judge: Judge, moments: Sequence[Moment], nets: int = RANDOM_NETS) -> None:
        self.judge = judge
        self._moments = tuple(moments)[:: max(1, len(moments) // RANDOM_MOMENTS)][:RANDOM_MOMENTS]
        self._nets = nets
        self._texts: dict[str, Vectors] = {}
        self._random: dict[tuple[Arch, float, float], tuple[Vectors, Vectors]] = {}

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            self._texts |= dict(zip(new, _array(self.judge.embed_text(new)), strict=True))
        return np.stack([self._texts[text] for text in texts])

    def knows(self, text: str) -> bool:
        """Whether every word of `text` means something to the judge."""
        return not self.judge.unknown_words(text)

    def pictures(self, film: Film) -> Vectors:
        """Return one vector for each picture."""
        import torch

        parts = []
        with torch.no_grad():
            for start in range(0, len(film), AT_ONCE):
                batch = torch.from_numpy(np.ascontiguousarray(film[start : start + AT_ONCE])).permute(0, 3, 1, 2)
                parts.append(_array(self.judge.embed_image(batch.float() / 255)))
        return np.concatenate(parts)

    def random(self, style: Style, *, grey: bool) -> Vectors:
        """Return vectors of untrained networks of the style's own shape, (nets, moments, d)."""
        shape = (style.arch, style.header.w0, style.header.speed)
        if shape not in self._random:
            pairs = [(self.pictures(film), self.pictures(greyscale(film))) for film in self._untrained(*shape)]
            self._random[shape] = np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])
        return self._random[shape][grey]

    def _untrained(self, arch: Arch, w0: float, speed: float) -> Iterator[Film]:
        nets = (random_style(seed, arch, w0, header=Header(w0=w0, speed=speed)) for seed in range(self._nets))
        first = next(nets)
        with Brush(first) as brush:
            yield brush.film(self._moments, STILL_PX)
            for net in nets:
                brush.take(net)
                yield brush.film(self._moments, STILL_PX)


def _array(vectors: Tensor) -> Vectors:
    return np.asarray(vectors.detach().cpu().numpy(), np.float64)
