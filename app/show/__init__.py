"""What makes a show safe and repeatable: the show file, what is kept of it while it runs, the log of a set, undo."""
