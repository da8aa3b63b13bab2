"""What a CLIP judge costs: steps a second and peak memory for 16 views of 224², forward and backward to the pixels.

Random weights of the real size, for speed does not depend on what they say. Each case runs in its own process, so that
its memory is its own. Run: python -m benchmarks.judge_speed [--judges openai-vit-b32,openai-rn50] [--steps N]
"""

import argparse
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from app import memory
from app.problems import UserError, nearest

JUDGES = ("openai-vit-b32", "openai-rn50", "openai-vit-b16", "openai-vit-l14")
VIEWS, SIZE_PX = 16, 224


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case took: seconds of each step after the first, and MB at the most (of the GPU, where there is one).

    `cpu_seconds` is the time of all cores together, which other work on the machine changes less.
    """

    judge: str
    device: str
    threads: int
    seconds: tuple[float, ...]
    cpu_seconds: float
    rss_mb: float
    gpu_mb: float


def random_judge(name: str) -> Any:
    """Return a judge of the real size with random weights."""
    import torch

    from app.training.judges import openai_clip, openai_files
    from app.training.judges.judge import JudgeInfo

    rows = (openai_clip.RN50, openai_clip.VIT_B32, openai_clip.VIT_B16, openai_clip.VIT_L14)
    sizes = next(row.sizes for row in rows if row.name == name)
    torch.manual_seed(1)
    model = openai_files.model_code().CLIP(
        sizes.embed, sizes.image_px, sizes.vision_layers, sizes.vision_width, sizes.patch_px, sizes.context,
        sizes.vocabulary, sizes.text_width, sizes.text_width // 64, sizes.text_layers,
    ).half()  # fmt: skip  # as published files are
    info = JudgeInfo(name, "random weights", "", "none", sizes.image_px)
    return openai_clip.ClipJudge(info, openai_clip.build(model.state_dict(), sizes, Path("random")))


def measure(name: str, device: str, steps: int) -> Cost:
    """Embed one text, then take `steps` steps and one before them that is not counted."""
    import torch

    judge = random_judge(name)
    text = judge.embed_text(["flowing organic blue patterns"]).to(device)
    seconds: list[float] = []
    cpu: list[float] = []
    for _ in range(steps + 1):
        views = torch.rand((VIEWS, 3, SIZE_PX, SIZE_PX), device=device, requires_grad=True)
        began, cpu_began = time.perf_counter(), time.process_time()
        (judge.embed_image(views) @ text.T).mean().backward()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    gpu_mb = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else 0.0
    return Cost(
        name, device, torch.get_num_threads(), tuple(seconds[1:]), median(cpu[1:]), memory.most_bytes() / 2**20, gpu_mb
    )


def devices() -> list[str]:
    """Return where a judge can run here."""
    import torch

    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def table(costs: list[Cost]) -> Table:
    """Return the figures: the best step says what the machine can, the median what it gave."""
    load = os.getloadavg()[0]
    title = f"a step of {VIEWS} views of {SIZE_PX}², forward and backward; load {load:.1f} on {os.cpu_count()} cores"
    columns = ("judge", "device", "threads", "best s", "median s", "steps/s", "CPU s", "RSS MB", "GPU MB")
    shown = Table(*columns, title=title)
    for cost in costs:
        best, usual = min(cost.seconds), median(cost.seconds)
        speed = (f"{best:.3f}", f"{usual:.3f}", f"{1 / usual:.2f}", f"{cost.cpu_seconds:.2f}")
        size = (f"{cost.rss_mb:.0f}", f"{cost.gpu_mb:.0f}")
        shown.add_row(cost.judge, cost.device, str(cost.threads), *speed, *size)
    return shown


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judges", default=JUDGES[0], help=f"some of {', '.join(JUDGES)}")
    parser.add_argument("--steps", type=int, default=8)
    asked = parser.parse_args()
    names = asked.judges.split(",")
    for name in names:
        if name not in JUDGES:
            raise UserError(f"unknown judge '{name}'{nearest(name, JUDGES)}")
    cases = [(name, device, asked.steps) for name in names for device in devices()]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        costs = [pool.apply(measure, case) for case in cases]
    Console(width=120).print(table(costs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
