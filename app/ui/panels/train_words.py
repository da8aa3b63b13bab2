"""The form of the Train panel: from words, a picture or both to a job. Main thread, inside an ImGui frame.

What a person types becomes an experiment (`app.training.recipe`); Enter in any of the lines starts it.
"""

import random
from collections.abc import Iterable
from pathlib import Path

from imgui_bundle import imgui

from app.params import Param
from app.problems import UserError
from app.training import pictures, recipe
from app.training.judges.builtin import lexicon
from app.training.judges.judge import JUDGES
from app.training.recipe import RECIPES, recipe_text
from app.training.trainer import Trainer
from app.ui import theme, widgets
from app.ui.desk import Desk

WIDTHS, DEPTHS = (32, 64, 96, 128, 192, 256), (2, 3, 4, 5, 6)
STEPS = Param("steps", float(recipe.EPOCHS), 20.0, 1500.0, "steps", "Steps", "long")
NO_RECIPE = "no recipe"
LARGEST_SEED = 9999
BUILTIN, WITNESS, NOBODY = "builtin", "builtin-witness", "none"
SHOWN_WORDS = 3
LABEL_PX = 78
HINT = "what should it look like?"
TIPS = {
    "prompt": "forms, colours, materials: blue organic waves; Enter starts",
    "loud": "what it becomes when the music is loud",
    "avoid": "what it must not look like",
    "image": "a picture it shall resemble; drop its file on the window",
    "weights": "where there is no internet: the file of the guide's weights",
}


class Words:
    """Keeps what is being typed and chosen."""

    def __init__(self) -> None:
        self.prompt = self.loud = self.avoid = self.image = self.mood = ""
        self.judge, self.held_out, self.weights = BUILTIN, "", ""
        self.width, self.depth, self.steps, self.seed = 128, 4, recipe.EPOCHS, 0
        self._read = ""
        self._unknown: tuple[str, ...] = ()
        self._seen = self._unseen = ""

    def draw(self, desk: Desk, trainer: Trainer) -> str:
        """Draw the form, its first line in the row that is begun; return the id of a job that was started, or ""."""
        self._recipe()
        entered = self._line("prompt", HINT)
        widgets.row_label("when loud", theme.scaled(LABEL_PX))
        entered |= self._line("loud", "optional: raging storm")
        widgets.row_label("never", theme.scaled(LABEL_PX))
        entered |= self._line("avoid", "optional: red")
        widgets.row_label("like", theme.scaled(LABEL_PX))
        entered |= self._line("image", "optional: a picture, drop it here")
        self._tell_unknown()
        self._tell_unseen()
        self._settings()
        asks = bool(self.prompt.strip() or self.image.strip())
        imgui.begin_disabled(not asks)
        clicked = imgui.button(f"{theme.PLAY}  Start", (-1, 0))
        imgui.end_disabled()
        imgui.set_item_tooltip("train it beside the show (Enter); what is on air stays")
        started = ""
        if (clicked or entered) and asks:
            with desk.problems.guard("train"):
                started = self._submit(trainer)
        return started

    def _line(self, name: str, hint: str) -> bool:
        """Draw one line of words; return whether Enter was pressed in it."""
        imgui.set_next_item_width(-1)
        entered, text = imgui.input_text_with_hint(
            f"##{name}", hint, getattr(self, name), imgui.InputTextFlags_.enter_returns_true
        )
        setattr(self, name, text)
        imgui.set_item_tooltip(TIPS[name])
        return bool(entered)

    def _recipe(self) -> None:
        choices = [("", NO_RECIPE), *((mood, mood) for mood in RECIPES)]
        chosen = widgets.combo("##recipe", self.mood or "recipes", choices)
        imgui.set_item_tooltip("a mood to begin with: words, size of forms, speed, how strongly it answers")
        if chosen is None:
            return
        self.mood = chosen
        if chosen:
            made = RECIPES[chosen]
            self.prompt, self.loud, self.avoid = made.prompt, made.loud, made.avoid

    def _tell_unknown(self) -> None:
        """Name the words that mean nothing to a built-in judge; others take any."""
        text = f"{self.prompt} {self.loud} {self.avoid}" if self.judge in (BUILTIN, WITNESS) else ""
        if text != self._read:
            self._read, self._unknown = text, tuple(dict.fromkeys(lexicon.unknown_words(text)))
        if self._unknown:
            _warn(unknown_text(self._unknown))

    @property
    def _file(self) -> Path | None:
        """The picture that is asked for."""
        return _path(self.image) if self.image.strip() else None

    def _tell_unseen(self) -> None:
        """Say what is wrong with the picture's file."""
        if self.image != self._seen:
            self._seen, self._unseen = self.image, ""
            try:
                if self._file is not None:
                    pictures.check(self._file)
            except UserError as error:
                self._unseen = str(error)
        if self._unseen:
            _warn(self._unseen)

    def _settings(self) -> None:
        """Draw what is seldom changed, folded away under a line that says what is set."""
        summary = f"{self.judge}   {self.width} × {self.depth}   {self.steps} steps   seed {self.seed}"
        imgui.push_style_color(imgui.Col_.text, theme.QUIET)
        opened = imgui.tree_node_ex(f"{summary}###settings", imgui.TreeNodeFlags_.no_tree_push_on_open)
        imgui.pop_style_color()
        if not opened:
            return
        self._judges()
        half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
        self.width = _number("##width", self.width, WIDTHS, "wide", half)
        imgui.same_line()
        self.depth = _number("##depth", self.depth, DEPTHS, "layers", half)
        imgui.set_next_item_width(half)
        moved = widgets.slider("##steps", STEPS, float(self.steps))
        self.steps = self.steps if moved is None else round(moved)
        imgui.same_line()
        self._seed_field()

    def _judges(self) -> None:
        """Draw who guides and who judges, and for a guide that does not ship the file of its weights."""
        widgets.row_label("guide", theme.scaled(LABEL_PX))
        self.judge = widgets.combo("##judge", self.judge, _named(JUDGES)) or self.judge
        imgui.set_item_tooltip("who guides the training")
        widgets.row_label("judge", theme.scaled(LABEL_PX))
        others = [name for name in (*JUDGES, NOBODY) if name != self.judge]
        chosen = widgets.combo("##held", self._judge, _named(others))
        self.held_out = self.held_out if chosen is None else "" if chosen == self._usual else chosen
        imgui.set_item_tooltip("who judges what came out and keeps the best, and never guides")
        if self.judge not in (BUILTIN, WITNESS):
            widgets.row_label("weights", theme.scaled(LABEL_PX))
            self._line("weights", "optional: the guide's file")

    @property
    def _usual(self) -> str:
        return BUILTIN if self.judge == WITNESS else WITNESS

    @property
    def _judge(self) -> str:
        """Who judges: as chosen, unless it has come to guide."""
        return self.held_out if self.held_out and self.held_out != self.judge else self._usual

    def _seed_field(self) -> None:
        imgui.set_next_item_width(-(imgui.get_frame_height() + imgui.get_style().item_spacing.x))
        changed, seed = imgui.input_int("##seed", self.seed, 0, 0)
        if changed:
            self.seed = max(0, seed)
        imgui.set_item_tooltip("seed: the same one gives the same style again")
        imgui.same_line()
        if widgets.icon_button(theme.DICE, "dice", "another seed"):
            self.seed = random.randint(0, LARGEST_SEED)

    def _submit(self, trainer: Trainer) -> str:
        picture = self._file and self._file.absolute()
        if picture is not None:
            pictures.check(picture)
        name = trainer.free_name(recipe.name_of(self.prompt or (picture or Path()).stem))
        text = recipe_text(
            self.prompt, avoid=self.avoid, loud=self.loud, image=picture, judge=self.judge, held_out=self._judge,
            weights=self._weights(), width=self.width, depth=self.depth, epochs=self.steps, seed=self.seed, name=name,
            mood=self.mood,
        )  # fmt: skip
        return trainer.submit(name, text).id

    def _weights(self) -> Path | None:
        """Return the file of the guide's weights, if one is named and the guide does not ship."""
        if self.judge in (BUILTIN, WITNESS) or not self.weights.strip():
            return None
        path = _path(self.weights).absolute()
        if not path.is_file():
            raise UserError(f"{path}: no such file of weights")
        return path


def _path(text: str) -> Path:
    """Return the path that was typed or pasted, with quotes or without."""
    return Path(text.strip().strip("\"'")).expanduser()


def _named(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _warn(text: str) -> None:
    imgui.push_style_color(imgui.Col_.text, theme.WARM)
    imgui.text_wrapped(text)
    imgui.pop_style_color()


def unknown_text(words: tuple[str, ...]) -> str:
    """Return the sentence that names words which mean nothing to a judge."""
    named = ", ".join(f"'{word[:40]}'" for word in words[:SHOWN_WORDS]) + (" …" if len(words) > SHOWN_WORDS else "")
    return f"{named} is not a word this judge knows" if len(words) == 1 else f"{named} are not words this judge knows"


def _number(label: str, current: int, choices: tuple[int, ...], unit: str, width: float) -> int:
    chosen = widgets.combo(label, f"{current} {unit}", ((f"{n}", f"{n} {unit}") for n in choices), width)
    return current if chosen is None else int(chosen)
