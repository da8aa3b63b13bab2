"""Where and with what torch computes."""

import os
import subprocess
import sys

import pytest
import torch

from app.training import device


@pytest.mark.skipif(sys.platform != "linux", reason="only here torch's threads are libgomp's")
def test_threads_that_wait_sleep() -> None:
    """libgomp tells at its start how long its threads spin; it must have heard of it before torch loaded it."""
    told = subprocess.run(
        [sys.executable, "-c", "import app.training.device"], capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
        | {"OMP_DISPLAY_ENV": "VERBOSE"},
    ).stderr  # fmt: skip
    assert "GOMP_SPINCOUNT = '0'" in told


@pytest.mark.parametrize(
    ("able", "on", "kind"),
    [
        ({"amx_bf16": True, "avx512_bf16": False}, "cpu", torch.bfloat16),
        ({"avx512_bf16": True}, "cpu", torch.bfloat16),
        ({"amx_bf16": False, "avx512_bf16": False}, "cpu", torch.float32),
        ({"architecture": "aarch64"}, "cpu", torch.float32),
        ({"amx_bf16": True}, "cuda", torch.float32),
    ],
)
def test_hidden_layers_have_half_the_bits_where_the_processor_multiplies_them(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, object], on: str, kind: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert device.hidden_type(on) is kind
