"""The picture as a camera: v4l2loopback on Linux, OBS's virtual camera on Windows and macOS, through pyvirtualcam."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.output.courier import Courier


class Camera(Courier):
    """The first virtual camera that is free."""

    label, library, extra, systems = "Virtual camera", "pyvirtualcam", "camera", ("linux", "win32", "darwin")

    def open(self) -> str:
        """Take the camera; its driver must be installed."""
        import pyvirtualcam

        self._camera: Any = pyvirtualcam.Camera(*self.size_px, self.fps, fmt=pyvirtualcam.PixelFormat.RGB)
        return str(self._camera.device)

    def deliver(self, picture: NDArray[np.uint8]) -> None:
        """Send one picture; the library converts it to what the camera has."""
        self._camera.send(np.ascontiguousarray(picture[..., :3]))

    def shut(self) -> None:
        """Let go of the camera."""
        self._camera.close()
