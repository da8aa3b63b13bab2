"""What a training job tells: figures, problem, what it finds in its views, log. Main thread, inside an ImGui frame."""

from imgui_bundle import imgui

from app.training.progress import JobStatus, Match, Progress
from app.ui import theme, widgets
from app.ui.panels.train_curves import GUIDE, JUDGE

BAR_PX = 18.0
LOG_LINES = 200
ENDED = ("done", "cancelled", "failed")
PATIENCE_SECONDS = 20.0
SILENT = "training takes only what the show and other programs leave of the processor"


def figures(status: JobStatus, silent_seconds: float) -> None:
    """Draw how far it is and how good, and what went wrong; it has told nothing new for `silent_seconds`."""
    progress = status.progress
    if progress is not None and status.state not in ENDED:
        _bar(*_reading(progress))
    elif status.state == "running":
        _bar(0.0, status.doing, clock(silent_seconds))
    if status.state == "running" and not status.eased and silent_seconds > PATIENCE_SECONDS:
        widgets.quiet(f"nothing new for {clock(silent_seconds)}")
        imgui.set_item_tooltip(SILENT)
    if progress is not None:
        _scores(status, progress)
    if status.problem:
        imgui.push_style_color(imgui.Col_.text, theme.BAD)
        imgui.text_wrapped(status.problem)
        imgui.pop_style_color()


def _reading(progress: Progress) -> tuple[float, str, str]:
    """Return how much of the run, or of a stage before it, is done (0..1), what that is, and the time to go."""
    if progress.step and not progress.stage_share:
        share = progress.step / max(progress.steps, 1)
        return share, f"{progress.step} / {progress.steps}", f"{clock(progress.eta_seconds)} to go"
    left = progress.stage_eta_seconds
    return progress.stage_share, progress.stage, f"{clock(left)} to go, then {progress.steps} steps" if left else ""


def _bar(share: float, told: str, left: str) -> None:
    """Draw a bar with what it shows and the time to go inside."""
    width, height = imgui.get_content_region_avail().x, theme.scaled(BAR_PX)
    at = imgui.get_cursor_screen_pos()
    widgets.bar(share, (width, height), widgets.FILLED)
    pen = imgui.get_window_draw_list()
    y = at.y + (height - imgui.get_text_line_height()) / 2
    pen.add_text((at.x + theme.scaled(6), y), widgets.TEXT, told)
    pen.add_text((at.x + width - imgui.calc_text_size(left).x - theme.scaled(6), y), widgets.TEXT, left)


def _scores(status: JobStatus, progress: Progress) -> None:
    """Write the newest figures in the colours of their curves."""
    judged = next((value for _, _, value in reversed(status.curve) if value is not None), progress.held_out)
    imgui.text_colored(GUIDE, f"guide {progress.guide:.1f}")
    imgui.set_item_tooltip("how alike the guide finds picture and words (cosine × 100)")
    if judged is not None:
        imgui.same_line(0, theme.scaled(14))
        imgui.text_colored(JUDGE, f"judge {judged:.1f}")
        imgui.set_item_tooltip("what another judge says, who took no part; the best of these is kept")
    imgui.same_line(0, theme.scaled(14))
    imgui.text_colored(theme.COLD, f"answers {progress.reaction:.2f}")
    imgui.set_item_tooltip("how much the picture changes with sound, of its own contrast; 0.1 to 0.4 is good")


def clock(seconds: float) -> str:
    """Return minutes and seconds, or hours and minutes."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02d}"


def details(status: JobStatus) -> None:
    """Draw the table of what was asked for, and the log."""
    if status.progress is not None and status.progress.matches:
        _table(status.progress.matches)
    if status.log and imgui.collapsing_header("Log"):
        imgui.push_style_color(imgui.Col_.text, theme.QUIET)
        imgui.push_text_wrap_pos(0)
        for line in reversed(status.log[-LOG_LINES:]):
            imgui.text_unformatted(line)
        imgui.pop_text_wrap_pos()
        imgui.pop_style_color()


def _table(matches: tuple[Match, ...]) -> None:
    if not imgui.begin_table("matches", 3, imgui.TableFlags_.sizing_fixed_fit):
        return
    imgui.table_setup_column("asked for", imgui.TableColumnFlags_.width_stretch)
    imgui.table_setup_column("views")
    imgui.table_setup_column("alike")
    imgui.push_style_color(imgui.Col_.text, theme.QUIET)
    imgui.table_next_row()
    for title in ("asked for", "views", "alike"):
        imgui.table_next_column()
        imgui.text_unformatted(title)
    imgui.pop_style_color()
    for match in matches:
        _match(match, twice=sum(match.feature == other.feature for other in matches) > 1)
    imgui.end_table()


def _match(match: Match, twice: bool) -> None:
    """Draw one row; where two targets ask for the same, with the target's name."""
    imgui.table_next_row()
    imgui.table_next_column()
    avoided = match.weight < 0
    if twice:
        imgui.text_colored(theme.QUIET, match.target)
        imgui.same_line()
    imgui.text_colored(theme.QUIET if avoided else theme.TEXT, f"{'not ' if avoided else ''}{match.feature}")
    imgui.set_item_tooltip(
        f"{match.target}: {match.feature}\nweight {match.weight:g}, loss {match.loss:.3f}, "
        f"alike {match.similarity_low:.1f} to {match.similarity_high:.1f}\n"
        f"chosen by {match.count} views of the last 30 steps, {match.total} of all"
    )
    imgui.table_next_column()
    imgui.text_unformatted(f"{match.share:.0%}")
    imgui.table_next_column()
    imgui.text_unformatted(f"{match.similarity:.1f}")
