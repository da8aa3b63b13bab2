"""The logbook: hands each frame of a live show to the set log. Main thread.

What is logged is what was drawn from, not what led to it: a replay needs no sound, controller, route or beat.
"""

from datetime import datetime
from typing import Any

from app import __version__, paths
from app.audio.features import Features
from app.audio.ring import Samples
from app.controls import Controls
from app.preset import TRANSITIONS
from app.problems import Problems
from app.render.isf import EffectFile
from app.render.library import Library
from app.render.picture import Picture
from app.settings import Settings
from app.show.set_format import Moment
from app.show.set_log import SUFFIX, SetLog, make_room


class Logbook:
    """Logs the sets of shows that are kept; begins with the first frame."""

    def __init__(self, settings: Settings, began: datetime, problems: Problems) -> None:
        self._wanted = settings.keeps and not settings.offline
        self._began, self._problems = began, problems
        self._log: SetLog | None = None

    def add(
        self, controls: Controls, features: Features, picture: Picture, library: Library, waveform: Samples
    ) -> None:
        """Note the frame that was just drawn from `features`, the one beat in them."""
        if self._log is None and self._wanted:
            self._wanted = False
            self._log = self._opened(controls, picture)
        if self._log is None:
            return
        resolution = picture.resolution
        moment = Moment(
            controls.frame,
            features,
            controls.values,
            resolution.region(picture.size_px) if resolution else picture.size_px,
            1.0 - controls.outlets.master.level,
            controls.frozen,
            waveform,
        )
        said = {
            "look": controls.undo.document,
            "flash_mode": picture.limiter.mode,
            "waiting": "\n".join(picture.waiting),
        }
        names = [use.effect for use in controls.preset.effects if use.enabled]
        names += {controls.preset.transition} - set(TRANSITIONS)
        found = [entry for name in names if isinstance(entry := library.find(name), EffectFile)]
        self._log.add(moment, said, picture.changes, found)

    def _opened(self, controls: Controls, picture: Picture) -> SetLog | None:
        folder = paths.data("sets")
        header = {
            "program": __version__,
            "size_px": picture.size_px,
            "fps": controls.fps,
            "backend": controls.backend_name,
            "began": self._began.isoformat(),
        }
        try:
            make_room(folder)
            return SetLog(folder / f"{datetime.now():%Y-%m-%d_%H%M%S_%f}{SUFFIX}", header, self._problems)
        except OSError as error:
            self._problems.report(f"{folder}: the set is not logged: {error.strerror}")
            return None

    def report(self) -> dict[str, Any]:
        """Return where the set is logged and what tells that a replay heard the same."""
        if self._log is None:
            return {}
        return {"set": str(self._log.path), "set_bytes": self._log.bytes, "heard": self._log.digest.hexdigest()}

    def close(self) -> None:
        """Write what is left."""
        if self._log is not None:
            self._log.close()
