"""The experiment editor of the Train panel: YAML with its mistakes named as it is typed. Main thread, ImGui frame.

Alt+S starts what is written, Alt+U changes the job that trains, Alt+P ends it and keeps the best.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from imgui_bundle import imgui
from imgui_bundle.imgui_color_text_edit import TextEditor

from app.problems import UserError
from app.training import shelf
from app.training.progress import JobStatus
from app.training.recipe import name_of, recipe_text
from app.training.trainer import Trainer
from app.training.trial import trial
from app.ui import theme, widgets
from app.ui.desk import Desk

PAUSE_MS = 400
"""What is typed is checked after such a rest."""
TRIED_STEPS = 2
"""So many steps of what is written are tried in a frame: less than a millisecond."""
HEIGHT_SHARE, LEAST_HEIGHT_PX = 0.45, 150.0
FONT_PX = 15.0
FIRST = "new"
SAVE_AS = "save experiment"
_ALT = int(imgui.Key.mod_alt)
START, UPDATE, STOP = (_ALT | int(key) for key in (imgui.Key.s, imgui.Key.u, imgui.Key.p))


class Editor:
    """The text, what it is called, and what is wrong with it."""

    def __init__(self) -> None:
        self.name = FIRST
        self.problem = ""
        self.summary = ""
        self._editor: TextEditor | None = None
        self._font: imgui.ImFont | None = None
        self._new_name = ""
        self._names: list[str] = []
        self._approved = ("", "")
        self._trial: Iterator[int] = iter(())

    @property
    def text(self) -> str:
        """What is written."""
        return "" if self._editor is None else str(self._editor.get_text())

    def edit(self, name: str, text: str) -> None:
        """Replace what is written."""
        self.name = name
        self._made().set_text(text)
        self._check()

    def draw(self, desk: Desk, trainer: Trainer, status: JobStatus | None) -> str:
        """Draw the editor, its first line in the row that is begun; return the id of a job that was started, or ""."""
        if self._editor is None:
            self.edit(FIRST, recipe_text("flowing organic blue patterns"))
        self._try()
        self._file_row(desk)
        height = max(imgui.get_content_region_avail().y * HEIGHT_SHARE, theme.scaled(LEAST_HEIGHT_PX))
        if self._font is not None:
            imgui.push_font(self._font, theme.scaled(FONT_PX) / imgui.get_style().font_scale_dpi)
        self._made().render("##experiment", (-1, height))
        if self._font is not None:
            imgui.pop_font()
        self._verdict()
        return self._buttons(desk, trainer, status)

    def _made(self) -> TextEditor:
        """Return the editor; it and its font are made when the panel first needs them."""
        if self._editor is None:
            self._editor = TextEditor()
            self._editor.set_language(TextEditor.Language.python())  # strings, numbers and comments look alike
            self._editor.set_tab_size(2)
            self._editor.set_show_whitespaces_enabled(False)
            self._editor.set_show_scrollbar_mini_map_enabled(False)
            self._editor.set_change_callback(self._check, PAUSE_MS)
            self._font = theme.mono_font()
        return self._editor

    def _check(self) -> None:
        """Read what is written, unless it was read before; mark the line of a mistake."""
        from app.training.experiment_file import read_experiment

        written = (self.name, self.text)
        if written == self._approved:
            return
        self._made().clear_markers()
        self._trial = iter(())
        try:
            experiment = read_experiment(written[1], self.name, _folder(self.name))
        except UserError as error:
            self._refuse(error)
            self._approved = ("", "")  # a file that it names may be found the next time
            return
        self.problem, self._approved = "", written
        self.summary = f"{experiment.epochs} steps, {len(experiment.targets)} targets: {experiment.prompt}"
        self._trial = trial(experiment)

    def _try(self) -> None:
        """Try a few more steps of what is written: their numbers may be wrong although it reads well."""
        try:
            for _ in islice(self._trial, TRIED_STEPS):
                pass
        except UserError as error:
            self._refuse(error)

    def _refuse(self, error: UserError) -> None:
        """Say what is wrong and mark its line."""
        editor = self._made()
        self.summary, self.problem = "", str(error).removeprefix(f"{self.name}:")
        line = line_of(self.problem)
        if 0 < line <= editor.get_line_count():
            editor.add_marker(line - 1, widgets.BAD, theme.packed(theme.BAD, 0.25), self.problem, self.problem)
        self.problem = f"line {self.problem}" if line else str(error)

    def _file_row(self, desk: Desk) -> None:
        """Draw the list of experiments and Save as."""
        width = imgui.get_content_region_avail().x
        button = imgui.calc_text_size("Save as").x + 2 * imgui.get_style().frame_padding.x
        imgui.set_next_item_width(width - button - imgui.get_style().item_spacing.x)
        if imgui.begin_combo("##file", self.name, imgui.ComboFlags_.height_large):
            if imgui.is_window_appearing():
                self._names = list(shelf.listing())
            for name in self._names:
                if imgui.selectable(name, name == self.name)[0]:
                    with desk.problems.guard("experiment"):
                        self.edit(name, shelf.read(name))
            imgui.end_combo()
        imgui.set_item_tooltip(f"{self.name}: another experiment can be chosen here")
        imgui.same_line()
        if imgui.button("Save as"):
            self._new_name = self.name if self.name != FIRST else ""
            imgui.open_popup(SAVE_AS)
        imgui.set_item_tooltip("save what is written under a name")
        self._save_as(desk)

    def _save_as(self, desk: Desk) -> None:
        if not imgui.begin_popup(SAVE_AS):
            return
        if imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(theme.scaled(220))
        entered, self._new_name = imgui.input_text(
            "##name", self._new_name, imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
        )
        imgui.same_line()
        if (imgui.button("Save") or entered) and self._new_name.strip():
            with desk.problems.guard("experiment"):
                self.name = shelf.save(self._new_name, self.text).stem
            imgui.close_current_popup()
        widgets.quiet("it goes to your own experiments")
        imgui.end_popup()

    def _verdict(self) -> None:
        """Write what is wrong, else in one line what would be trained."""
        imgui.push_style_color(imgui.Col_.text, theme.BAD if self.problem else theme.QUIET)
        imgui.text_wrapped(self.problem or self.summary)
        imgui.pop_style_color()

    def _buttons(self, desk: Desk, trainer: Trainer, status: JobStatus | None) -> str:
        """Draw Start, Update and Stop; the keys do the same while the panel has the keyboard."""
        third = (imgui.get_content_region_avail().x - 2 * imgui.get_style().item_spacing.x) / 3
        living = status is not None and status.state in ("running", "paused")
        started = ""
        with desk.problems.guard("train"):
            if _button(f"{theme.PLAY}  Start", "train what is written (Alt+S)", START, third, not self.problem):
                name = trainer.free_name(name_of(self.name) if self.name != FIRST else self._prompt_name())
                started = trainer.submit(name, self.text, _folder(self.name)).id
            imgui.same_line()
            fits = (living or (status is not None and status.state == "failed")) and not self.problem
            tip = "go on with what is written; a job that failed is mended (Alt+U)"
            if _button("Update", tip, UPDATE, third, fits) and status is not None:
                trainer.update(status.job.id, self.text)
            imgui.same_line()
            if _button("Stop", "end the job, keep the best so far (Alt+P)", STOP, third, living) and status is not None:
                trainer.keep(status.job.id)
        return started

    def _prompt_name(self) -> str:
        return name_of(self.summary.partition(": ")[2])


def _button(label: str, tip: str, chord: int, width: float, enabled: bool) -> bool:
    """Draw a button that a chord presses, too; return whether it was pressed."""
    imgui.begin_disabled(not enabled)
    clicked = bool(imgui.button(label, (width, 0)))
    imgui.end_disabled()
    imgui.set_item_tooltip(tip)
    here = imgui.is_window_focused(imgui.FocusedFlags_.child_windows)
    return enabled and (clicked or (here and imgui.is_key_chord_pressed(chord)))


def line_of(message: str) -> int:
    """Return the line number that an error begins with, 0 if it has none."""
    found = re.match(r"(\d+):", message)
    return int(found.group(1)) if found else 0


def _folder(name: str) -> Path:
    """Return the folder that an experiment's own files (pictures, sounds, others to merge) are sought in."""
    path = shelf.listing().get(name)
    return path.parent if path is not None else shelf.folders()[0]
