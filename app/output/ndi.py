"""The picture on the local network as NDI, through cyndilib (which brings NDI's own library)."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.output.courier import Courier

NAME = "Clavilux"


class Ndi(Courier):
    """One NDI source; it is seen as "<computer> (Clavilux)"."""

    label, library, extra, systems = "NDI", "cyndilib", "ndi", ("linux", "win32", "darwin")

    def open(self) -> str:
        """Announce the source on the network."""
        from cyndilib.sender import Sender
        from cyndilib.video_frame import VideoSendFrame
        from cyndilib.wrapper.ndi_structs import FourCC

        frame = VideoSendFrame()
        frame.set_resolution(*self.size_px)
        frame.set_frame_rate(Fraction(self.fps).limit_denominator(1001))
        frame.set_fourcc(FourCC.RGBX)  # alpha is no part of the picture
        self._sender: Any = Sender(NAME, clock_video=False)  # the show has a clock of its own
        self._sender.set_video_frame(frame)
        self._sender.open()
        return str(self._sender.name)

    def deliver(self, picture: NDArray[np.uint8]) -> None:
        """Send one picture; it is compressed in here."""
        self._sender.write_video(np.ascontiguousarray(picture).reshape(-1))

    def shut(self) -> None:
        """Leave the network."""
        self._sender.close()
