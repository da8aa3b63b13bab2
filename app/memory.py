"""How much memory this process took at the most. Any thread."""

import sys


def most_bytes() -> int:
    """Return the most memory that this process ever held, or the largest of its children; 0 where nobody says."""
    if sys.platform == "win32":
        return 0
    import resource

    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int(most) * (1 if sys.platform == "darwin" else 1024)
