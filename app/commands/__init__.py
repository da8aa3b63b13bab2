"""The bodies of the command-line verbs, one per file."""
