"""The program ends, and with the right exit status, whatever its threads are at."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AT_WORK = """
import atexit, sys, threading, time
from app import ending
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
atexit.register(time.sleep, 60)
print("written", end="")
ending.leave(3)
"""
TAKING_NOTHING = """
import os, sys, threading, time
from app import ending
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
reading, writing = os.pipe()
os.close(reading)
sys.stdout = os.fdopen(writing, "w")
sys.stdout.write("lost")
ending.leave(3)
"""
BY_ITSELF = """
import atexit
from app import ending
atexit.register(print, "tidied up", end="")
ending.leave(3)
"""


@pytest.mark.parametrize(("script", "said"), [(AT_WORK, "written"), (TAKING_NOTHING, ""), (BY_ITSELF, "tidied up")])
def test_threads_at_work_end_with_the_program(script: str, said: str) -> None:
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120)
    assert (run.returncode, run.stdout) == (3, said)


@pytest.mark.parametrize(("argument", "code"), [("--version", 0), ("--nonsense", 2)])
def test_the_exit_status_is_the_commands_own(argument: str, code: int) -> None:
    assert subprocess.run([sys.executable, "-m", "app", argument], cwd=ROOT, capture_output=True).returncode == code
