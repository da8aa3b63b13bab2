"""tmp."""


def choose(ctx, requested, style):
    return ("cpu" if requested == "auto" else requested), "tmp"
