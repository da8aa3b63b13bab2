"""Clavilux: an instrument for light."""

import os

# Painting runs one thread a core, each with matrix products of its own; a product must not start more of them.
# NumPy's libraries read this once, so it stands before anything imports NumPy.
for _library in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_library, "1")

__version__ = "0.1.0"
