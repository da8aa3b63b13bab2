"""The Train panel: ask for a style in words or as an experiment, and watch it come about beside the show.

Main thread, inside an ImGui frame. Nothing here changes what is on air but the button that says so.
"""

from imgui_bundle import imgui

from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels.train_editor import Editor
from app.ui.panels.train_jobs import Jobs
from app.ui.panels.train_words import Words
from app.ui.view import View

WORDS, EXPERIMENT = "Words", "Experiment"
TIPS = {WORDS: "ask for a style in words or with a picture", EXPERIMENT: "write the whole recipe yourself, as YAML"}


class Train:
    """Two ways to ask, one list of jobs."""

    def __init__(self) -> None:
        self.words, self.editor, self.jobs = Words(), Editor(), Jobs()
        self.shown = WORDS

    def draw(self, desk: Desk, view: View) -> None:
        """Draw the panel."""
        if view.picture is not None:
            self.shown, self.words.image, view.picture = WORDS, str(view.picture), None
        if desk.trainer is None:
            widgets.quiet("nothing is trained in this show")
            return
        for kind, tip in TIPS.items():
            if widgets.toggle(kind, self.shown == kind):
                self.shown = kind
            imgui.set_item_tooltip(tip)
            imgui.same_line(0, theme.scaled(4))
        imgui.same_line()
        if self.shown == WORDS:
            submitted = self.words.draw(desk, desk.trainer)
        else:
            submitted = self.editor.draw(desk, desk.trainer, self.jobs.chosen(desk.trainer.statuses))
        if submitted:
            self.jobs.choose(submitted)
        edited = self.jobs.draw(desk, desk.trainer)
        if edited is not None:
            self.shown = EXPERIMENT
            self.editor.edit(edited.name, edited.text)
