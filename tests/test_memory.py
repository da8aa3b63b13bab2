"""Memory that was let go goes back to the system."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
import numpy as np
from app import memory
if sys.argv[1] == "given back":
    memory.keep_little()
def held():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
def track():
    tracks.append(np.ones(6_000_000, np.float32))
tracks, before = [], held()
for _ in range(6):  # one thread after another, as tracks are opened; the one before goes when the next is there
    thread = threading.Thread(target=track)
    thread.start()
    thread.join()
    small = [bytes(2000) for _ in range(2000)]
    del tracks[:-1]
del tracks[:]
print(held() - before)
"""


def left_mb(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_tracks_that_were_dropped_are_given_back() -> None:
    assert left_mb("given back") < 15
