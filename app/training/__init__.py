"""Training: from words or pictures to a style. Runs in its own process or in the foreground, never in a frame."""

import os

# Said before torch is loaded, which reads it once: threads that have nothing to do sleep instead of spinning. On a
# machine that is busy with else, two spinning threads took ten times the processor time of one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
