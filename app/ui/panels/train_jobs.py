"""The jobs of the Train panel: their list, and one of them in full. Main thread, inside an ImGui frame."""

from collections.abc import Sequence

from imgui_bundle import imgui

from app.training.progress import Job, JobState, JobStatus, Progress
from app.training.trainer import Trainer
from app.ui import theme, widgets
from app.ui.desk import Desk
from app.ui.panels import train_report
from app.ui.panels.train_curves import Curves

COLOURS: dict[JobState, theme.Colour] = {
    "running": theme.WARM, "keeping": theme.WARM, "done": theme.GOOD, "failed": theme.BAD,
}  # fmt: skip
"""Of a state's name; the others are quiet."""
ROWS = 3
"""So many jobs are seen at once; the rest by scrolling."""
PICTURE_SHARE = 0.62
LIVING = ("running", "paused", "keeping")
CANCEL = "cancel the training"


class Jobs:
    """Remembers which job is looked at."""

    def __init__(self) -> None:
        self._id = ""
        self._curves = Curves()
        self._told: tuple[str, str, Progress | None] = ("", "", None)
        self._told_seconds = 0.0

    def choose(self, job_id: str) -> None:
        """Look at this job from now on."""
        self._id = job_id

    def chosen(self, statuses: Sequence[JobStatus]) -> JobStatus | None:
        """Return the job that is looked at: the chosen one, else the one that trains, else the newest."""
        own = [status for status in statuses if status.job.id == self._id]
        living = [status for status in statuses if status.state in LIVING]
        return next(iter([*own, *living, *reversed(statuses)]), None)

    def draw(self, desk: Desk, trainer: Trainer) -> Job | None:
        """Draw the list and the chosen job; return a job whose experiment shall be edited, or None."""
        statuses = trainer.statuses
        status = self.chosen(statuses)
        if status is None:
            return None
        widgets.heading("Jobs")
        self._list(statuses, status)
        imgui.begin_child("job")
        edited = self._in_full(desk, trainer, status)
        imgui.end_child()
        return edited

    def _list(self, statuses: Sequence[JobStatus], chosen: JobStatus) -> None:
        gap = theme.scaled(2)
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (0, gap))
        imgui.begin_child("jobs", (-1, (imgui.get_frame_height() + gap) * min(len(statuses), ROWS)))
        for own in statuses:
            if _row(own, own is chosen):
                self._id = own.job.id
        imgui.end_child()
        imgui.pop_style_var()
        imgui.dummy((0, 0))

    def _in_full(self, desk: Desk, trainer: Trainer, status: JobStatus) -> Job | None:
        width = imgui.get_content_region_avail().x
        picture = width * PICTURE_SHARE
        _picture(desk, status.progress, picture)
        imgui.same_line()
        imgui.begin_group()
        edited = _buttons(desk, trainer, status, width - picture - imgui.get_style().item_spacing.x)
        imgui.end_group()
        train_report.figures(status, self._silent_seconds(desk, status))
        self._curves.draw(status)
        train_report.details(status)
        return edited

    def _silent_seconds(self, desk: Desk, status: JobStatus) -> float:
        """Return for how long the job that is looked at has told nothing new."""
        told = (status.job.id, status.doing, status.progress)
        if told[:2] != self._told[:2] or told[2] is not self._told[2]:
            self._told, self._told_seconds = told, desk.frame.seconds
        return desk.frame.seconds - self._told_seconds


def _row(status: JobStatus, chosen: bool) -> bool:
    """Draw one line of the list, how far it is as a thin bar; return whether it was clicked."""
    clicked = bool(imgui.selectable(f"##{status.job.id}", chosen, 0, (0, imgui.get_frame_height()))[0])
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    pen = imgui.get_window_draw_list()
    middle = (low.y + high.y - imgui.get_text_line_height()) / 2
    word = state_text(status)
    state_x = high.x - imgui.calc_text_size(word).x - theme.scaled(6)
    pen.push_clip_rect(low, (state_x - theme.scaled(8), high.y), True)
    pen.add_text((low.x + theme.scaled(6), middle), widgets.TEXT, widgets.spoken(status.job.name))
    pen.pop_clip_rect()
    pen.add_text((state_x, middle), theme.packed(COLOURS.get(status.state, theme.QUIET)), word)
    if status.progress is not None and status.state in LIVING:
        end = low.x + (high.x - low.x) * share_of(status.progress)
        pen.add_rect_filled((low.x, high.y - theme.scaled(2)), (end, high.y), widgets.WARM)
    return clicked


def state_text(status: JobStatus) -> str:
    """Return how a job's state reads."""
    if status.state == "waiting" and status.by_hand:
        return "interrupted"
    if status.state == "running" and status.progress is None:
        return "starting"
    if status.state == "running" and status.eased:
        return "resting for the show"
    return status.state


def share_of(progress: Progress) -> float:
    """Return how much of the run is done, 0..1."""
    return min(progress.step / max(progress.steps, 1), 1.0)


def _picture(desk: Desk, progress: Progress | None, width: float) -> None:
    """Draw the network as it is now, or a dark place for it."""
    imgui.dummy((width, width * 9 / 16))
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    pen = imgui.get_window_draw_list()
    style = progress.style if progress is not None else None
    texture = desk.preview.picture(style) if desk.preview is not None and style is not None else 0
    if texture:
        pen.add_image(imgui.ImTextureRef(texture), low, high, (0, 1), (1, 0))
    else:
        pen.add_rect_filled(low, high, widgets.DARK)


def _buttons(desk: Desk, trainer: Trainer, status: JobStatus, width: float) -> Job | None:
    """Draw what can be done to a job in its state; return it if its experiment shall be edited."""
    job, state, size = status.job, status.state, (width, 0.0)
    with desk.problems.guard("train"):
        if state == "running" and imgui.button(f"{theme.PAUSE}  Pause", size):
            trainer.pause(job.id)
        if (state in ("paused", "failed") or status.by_hand) and imgui.button(f"{theme.PLAY}  Go on", size):
            trainer.resume(job.id)
        if state in ("running", "paused"):
            if imgui.button(f"{theme.KEEP}  Keep", size):
                trainer.keep(job.id)
            imgui.set_item_tooltip("end here and keep the best so far")
        if status.result is not None:
            _on_air(desk, status.result.stem, size)
        if state in ("running", "paused", "waiting", "failed"):
            _cancel(trainer, job, size)
    edit = bool(imgui.button(f"{theme.EDIT}  Edit", size))
    imgui.set_item_tooltip("open its experiment in the editor")
    return job if edit else None


def _on_air(desk: Desk, style: str, size: tuple[float, float]) -> None:
    on = desk.style_on_air == style
    if widgets.toggle(f"{theme.ON_AIR}  On air", on, size=size) and not on:
        desk.choose_style(style)
    imgui.set_item_tooltip("crossfade to it")


def _cancel(trainer: Trainer, job: Job, size: tuple[float, float]) -> None:
    """Draw the button that throws work away; it asks once more."""
    if imgui.button(f"{theme.REMOVE}  Cancel", size):
        imgui.open_popup(CANCEL)
    if imgui.begin_popup(CANCEL):
        if imgui.button("Throw it away"):
            trainer.cancel(job.id)
            imgui.close_current_popup()
        imgui.end_popup()
