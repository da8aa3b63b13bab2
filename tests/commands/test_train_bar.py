"""What a training on the command line shows."""

import gc
import weakref
from pathlib import Path

from app.commands.train_bar import Bar
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.training.progress import Progress


def test_a_long_run_does_not_pile_up_networks(tmp_path: Path) -> None:
    bar = Bar(tmp_path, "red", 0, 0)
    told = Progress(1, 9, 0.5, "training", 20.0, None, 0.1, 1.0, random_style(1, Arch(width=8, depth=1)))
    network = weakref.ref(told.style.layers[0][0]) if told.style is not None else lambda: None
    bar.take(told)
    del told
    gc.collect()
    assert network() is None
