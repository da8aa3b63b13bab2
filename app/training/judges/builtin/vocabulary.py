"""What the built-in judges can speak of: 22 forms, 16 colours, moods and materials, and the words for each.

Pure data. Captions, pictures, the parser and the model card all derive from it: a word that is not here is unknown.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of pattern. `nouns` mean this form and no other; `adjectives` may be shared between forms.

    `palettes` are the colours that the thing has by nature when nobody names any, main colour first. `on_black` is
    the share of its pictures that lie on a black ground.
    """

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    palettes: tuple[tuple[str, ...], ...] = ()
    on_black: float = 0.15


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _palettes(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(palette.split()) for palette in text.split("|"))


FORMS: dict[str, Form] = {
    "stripes": Form(_words("stripes|lines|bands|bars"), _words("striped|linear|geometric|minimal|banded")),
    "checks": Form(_words("checkerboard|checks|chessboard"), _words("checkered|chequered|geometric|square")),
    "dots": Form(_words("dots|polka dots|spots|confetti"), _words("dotted|spotted|round|playful"), on_black=0.25),
    "rings": Form(
        _words("rings|concentric circles|circles|ripples|target"),
        _words("circular|concentric|hypnotic|rippling|round"),
        on_black=0.2,
    ),
    "spiral": Form(
        _words("spiral|swirl|vortex|whirlpool|galaxy arms"),
        _words("swirling|spiralling|twisted|hypnotic|whirling"),
        on_black=0.2,
    ),
    "waves": Form(
        _words("waves|water|ocean|sea|river|silk|dunes"),
        _words("wavy|flowing|fluid|undulating|liquid|silky"),
        _palettes("blue cyan white|blue teal|teal blue white|cyan blue"),
        0.1,
    ),
    "clouds": Form(
        _words("clouds|smoke|fog|mist|haze|sky"),
        _words("cloudy|smoky|hazy|misty|foggy|ethereal|dreamy"),
        _palettes("grey white|blue white|white grey"),
        0.15,
    ),
    "cells": Form(
        _words("cells|crystal|crystals|shattered glass|stained glass|mosaic|ice|cracked earth"),
        _words("crystalline|faceted|cellular|cracked|shattered|icy"),
        _palettes("cyan white blue|purple cyan|white cyan"),
        0.1,
    ),
    "plaid": Form(
        _words("plaid|tartan|woven fabric|textile|cloth"),
        _words("woven|plaid|tartan"),
        _palettes("red green|blue green|red black"),
        0.05,
    ),
    "rays": Form(
        _words("rays|sunburst|starburst|explosion|beams|sun"),
        _words("radiating|radial|explosive|bursting|radiant"),
        _palettes("yellow orange white|gold orange|yellow red"),
        0.3,
    ),
    "gradient": Form(
        _words("gradient|blend|glow|horizon|sunset|dawn"),
        _words("smooth|ambient|minimal|fading"),
        _palettes("orange pink purple|gold red purple|pink orange"),
        0.05,
    ),
    "lightning": Form(
        _words("lightning|filaments|electricity|veins|threads|storm|thunder"),
        _words("electric|veined|branching|crackling|stormy|energetic"),
        _palettes("cyan white|white blue|purple white"),
        0.85,
    ),
    "grid": Form(
        _words("grid|wireframe|circuit|matrix|net|neon city"),
        _words("cyberpunk|futuristic|techno|synthwave|geometric|digital|gridded"),
        _palettes("cyan magenta|magenta cyan|green lime|pink cyan"),
        0.9,
    ),
    "glitch": Form(
        _words("glitch|glitch art|corruption|datamosh|broken screen|data error|static"),
        _words("glitchy|corrupted|broken|distorted|digital"),
        _palettes("magenta cyan green|cyan magenta white|lime magenta blue|red cyan white"),
        0.4,
    ),
    "watercolor": Form(
        _words("watercolor|watercolour|ink wash|paint blots|wet paint|aquarelle"),
        _words("painterly|bleeding|washed|delicate|translucent"),
        _palettes("pink teal purple|orange pink cyan|blue purple green"),
        0.0,
    ),
    "nebula": Form(
        _words("nebula|space|galaxy|stars|starfield|universe|cosmos|night sky"),
        _words("cosmic|galactic|stellar|starry|celestial|astral"),
        _palettes("purple blue pink|blue purple magenta|blue cyan purple|red purple orange"),
        1.0,
    ),
    "fire": Form(
        _words("fire|flames|inferno|blaze|embers|lava"),
        _words("fiery|burning|blazing|hot|flaming"),
        _palettes("red orange yellow|orange red yellow|red gold"),
        0.95,
    ),
    "labyrinth": Form(
        _words("labyrinth|maze|coral|reaction diffusion|fingerprint|brain|moss"),
        _words("organic|meandering|biological|natural|growing|living"),
        _palettes("green lime brown|green teal|brown gold|teal green"),
        0.15,
    ),
    "blobs": Form(
        _words("bubbles|blobs|lava lamp|droplets|slime"), _words("bubbly|blobby|gooey|organic|round"), on_black=0.25
    ),
    "triangles": Form(
        _words("triangles|polygons|low poly|shards|origami"),
        _words("triangular|angular|polygonal|geometric"),
        on_black=0.05,
    ),
    "marble": Form(
        _words("marble|agate|stone|oil paint|liquid metal|ink"),
        _words("marbled|veiny|flowing|fluid|liquid|organic"),
        _palettes("white grey|brown gold|black white|teal gold"),
        0.1,
    ),
    "pixels": Form(
        _words("pixels|pixel art|mosaic blocks|blocks|tiles"),
        _words("pixelated|blocky|retro|digital|square"),
        on_black=0.1,
    ),
}
"""Form by name, in a fixed order."""

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.0, 0.92, 0.85),
    "orange": (0.072, 0.95, 0.97),
    "gold": (0.118, 0.85, 0.78),
    "yellow": (0.158, 0.88, 0.97),
    "lime": (0.23, 0.9, 0.92),
    "green": (0.355, 0.82, 0.6),
    "teal": (0.485, 0.85, 0.5),
    "cyan": (0.51, 0.75, 0.97),
    "blue": (0.615, 0.88, 0.85),
    "purple": (0.755, 0.75, 0.68),
    "magenta": (0.845, 0.9, 0.9),
    "pink": (0.93, 0.48, 0.97),
    "brown": (0.065, 0.68, 0.4),
    "black": (0.0, 0.0, 0.03),
    "white": (0.0, 0.0, 0.97),
    "grey": (0.0, 0.0, 0.5),
}
"""Hue in turns, saturation, value."""

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": _words("red|crimson|scarlet|ruby|blood"),
    "orange": _words("orange|tangerine|amber"),
    "gold": _words("gold|golden|brass"),
    "yellow": _words("yellow|lemon"),
    "lime": _words("lime|acid green|chartreuse"),
    "green": _words("green|emerald|jade"),
    "teal": _words("teal|petrol"),
    "cyan": _words("cyan|aqua|turquoise"),
    "blue": _words("blue|azure|cobalt|sapphire"),
    "purple": _words("purple|violet|indigo|lavender"),
    "magenta": _words("magenta|fuchsia"),
    "pink": _words("pink|rose"),
    "brown": _words("brown|copper|earthy"),
    "black": _words("black|ebony"),
    "white": _words("white|ivory"),
    "grey": _words("grey|gray|silver"),
}
WARM = ("red", "orange", "gold", "yellow", "brown", "pink")
COLD = ("blue", "cyan", "teal", "purple", "green", "white")
RAINBOW = ("red", "yellow", "green", "blue", "purple")

THEMES: dict[str, tuple[str, ...]] = {
    "warm": _words("warm|warm colors|warm tones|autumn"),
    "cold": _words("cold|cool colors|cold tones|winter"),
    "rainbow": _words("rainbow|colorful|multicolored|psychedelic|iridescent"),
    "mono": _words("black and white|monochrome"),
}
"""Words that stand for a whole palette."""

MODIFIERS: dict[str, tuple[str, ...]] = {
    "dark": _words("dark|deep|shadowy|gloomy|midnight|melancholy"),
    "pastel": _words("pastel|pale|light"),
    "neon": _words("neon|fluorescent|glowing|luminous"),
    "muted": _words("muted|dusty|faded|desaturated"),
    "bright": _words("bright|vivid|vibrant|saturated|happy"),
}
"""What happens to all colours of a picture."""

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "fine": _words("fine|detailed|intricate|tiny|dense|small"),
    "coarse": _words("large|bold|big|simple|coarse|huge"),
    "soft": _words("soft|blurred|gentle|delicate"),
    "sharp": _words("sharp|crisp|hard edged|clean"),
    "symmetric": _words("kaleidoscopic|symmetric|mandala|kaleidoscope|mirrored"),
    "contrasty": _words("high contrast|strong|dramatic|intense"),
    "faint": _words("low contrast|faint|subtle"),
    "chaotic": _words("chaotic|turbulent|wild|warped|raging"),
    "calm": _words("calm|orderly|peaceful|serene|still|regular"),
}
"""How a form is drawn: scale, edges, symmetry, contrast, order."""

FILLERS = _words(
    "a|an|the|of|in|on|with|and|or|to|from|over|under|at|by|for|abstract|art|image|picture|pattern|patterns|"
    "texture|background|design|style|painting|light|lights|visual|visuals|shapes|shape|colors|colours|color|colour|"
    "tones|beautiful|very|some|many"
)
"""Words that are known and say nothing about form or colour."""

NEGATIONS = ("no", "not", "without", "never")
"""What follows one of these is to be avoided."""
