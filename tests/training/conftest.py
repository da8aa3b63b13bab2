"""What tests of training share: the same random numbers in every run."""

import pytest
import torch


@pytest.fixture(autouse=True)
def steady() -> None:
    """Seed torch, so that a failure is always about the change at hand, not about which worker ran what before."""
    torch.manual_seed(1)
