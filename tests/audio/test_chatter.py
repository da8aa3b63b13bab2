"""A C thread that prints the same line for ever takes neither the disk nor a core, and nothing else is lost."""

import subprocess
import sys

SCRIPT = """
import os, sys, threading, time
from app.audio import chatter
sys.stderr.write("before\\n")
chatter.strain()
chatter.strain()
written = 0
def hang():
    global written
    while True:
        written += os.write(2, b"Expression 'self->ready' failed in 'pa_linux_alsa.c', line: 3958\\n")
threading.Thread(target=hang, daemon=True).start()
time.sleep(1.0)
busy = time.process_time()
os.write(2, b"a driver's own line\\n")
sys.stderr.write("python's line\\n")
time.sleep(2.0)
print(written, time.process_time() - busy)
sys.stdout.flush()
os._exit(0)
"""


def test_endless_lines_are_held_back() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=True)
    written, busy_seconds = run.stdout.split()
    assert run.stderr.splitlines()[0] == "before"
    assert set(run.stderr.splitlines()) >= {"a driver's own line", "python's line"}
    assert "Expression" not in run.stderr
    assert int(written) < 2_000_000, "whoever prints without end waits"
    assert float(busy_seconds) < 0.5


GONE = """
import os, time
from app.audio import chatter
reading, writing = os.pipe()
os.dup2(writing, 2)
os.close(reading)
chatter.strain()
for _ in range(40):
    os.write(2, b"a driver's own line\\n" * 200)
    time.sleep(0.02)
print("played on")
"""


def test_a_stderr_that_takes_nothing_any_more_stops_nobody_who_prints() -> None:
    run = subprocess.run([sys.executable, "-c", GONE], stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    assert run.stdout == "played on\n"


MUTED = """
import os, sys, time
from app.audio import chatter, portaudio
with portaudio.quiet():
    with portaudio.quiet():
        os.write(2, b"nowhere\\n")
        chatter.strain()
    os.write(2, b"nowhere\\n")
    sys.stderr.write("python's line\\n")
os.write(2, b"Expression 'self->ready' failed in 'pa_linux_alsa.c', line: 3958\\na driver's own line\\n")
time.sleep(0.5)
"""


def test_what_is_muted_may_begin_to_be_strained() -> None:
    run = subprocess.run([sys.executable, "-c", MUTED], capture_output=True, text=True, timeout=120, check=True)
    assert sorted(run.stderr.splitlines()) == ["a driver's own line", "python's line"]


COMEBACK = """
import os, sys
from app import comeback
from app.audio import chatter
if os.environ.get("AGAIN"):
    sys.stderr.write("again\\n")
else:
    os.environ["AGAIN"] = "1"
    chatter.strain()
    comeback.now()
"""


def test_a_program_that_begins_again_can_be_read() -> None:
    run = subprocess.run([sys.executable, "-c", COMEBACK], capture_output=True, text=True, timeout=120, check=True)
    assert run.stderr == "again\n"
