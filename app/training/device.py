"""Where a network is trained: processor or graphics card. Torch; called once where a run begins."""

import torch

from app.problems import UserError
from app.training.experiment import Experiment


def use(experiment: Experiment) -> str:
    """Make the experiment's device the one that new tensors live on, and return its name.

    `auto` is a CUDA device where there is one and a judge is large; the built-in ones are quick on a processor.
    `UserError` for a device that this machine lacks.
    """
    name = experiment.device
    if name == "auto":
        large = any(not judge.startswith("builtin") for judge in (*experiment.judges, experiment.held_out) if judge)
        name = "cuda" if large and torch.cuda.is_available() else "cpu"
    if not _there(name):
        raise UserError(f"device '{name}': PyTorch finds none on this machine; use auto or cpu")
    if torch.get_default_device() != torch.device(name):
        torch.set_default_device(name)
    return name


def hidden_type(device: str) -> torch.dtype:
    """Return the type in which hidden layers are practised: bfloat16 where the processor multiplies it by itself.

    By what the processor says, never by a measurement: the same machine must train the same style again.
    """
    able = torch.cpu.get_capabilities() if device == "cpu" else {}
    return torch.bfloat16 if able.get("amx_bf16") or able.get("avx512_bf16") else torch.float32


def threads() -> int:
    """Return how many threads torch computes with; other numbers round sums in another order."""
    return int(torch.get_num_threads())


def _there(name: str) -> bool:
    if name == "mps":
        return bool(torch.backends.mps.is_available())
    if name.startswith("cuda"):
        index = int(name.partition(":")[2] or 0)
        return bool(torch.cuda.is_available() and index < torch.cuda.device_count())
    return True
