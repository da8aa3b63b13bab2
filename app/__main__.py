"""`python -m app` is the same command as `clavilux`."""

from app.cli import main

if __name__ == "__main__":
    main()
