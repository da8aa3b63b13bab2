"""`clavilux effects`: lists the effects at hand and proves that they draw, headless.

Main thread; makes its own EGL context and releases it. Each effect is drawn for a second of test picture and test
sound; *ok* means that it compiled and drew a frame that is not blank.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import BANDS, Features
from app.clock import StepClock
from app.modulation.values import Values
from app.preset import EffectUse
from app.problems import Problems, UserError
from app.render.chain import Chain
from app.render.isf import EffectFile, parse, params_for
from app.render.library import Entry, Library
from app.render.target import Target
from app.render.surface import headless_context

SIZE_PX = (160, 90)
FPS = 15.0
FRAMES = 15
_BLANK = 2
"""Largest channel value of a picture that still counts as black."""


def list_effects(as_json: bool) -> None:
    """Print every effect of the shipped and the user's folder, and whether it draws."""
    _print(_rows(Library().entries.items()), as_json)


def check(files: list[Path], as_json: bool) -> int:
    """Check the files, or every .fs file below the folders, of `files`; return 0 if all draw, else 1."""
    ...
