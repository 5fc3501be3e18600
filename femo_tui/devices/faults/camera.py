"""A simulated camera that fails: what it gives is wrong, missing, or it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from femo_tui.devices.base import DeviceInfo
from femo_tui.devices.camera_sim import SimCamera
from femo_tui.errors import DeviceError
from femo_tui.model.clock import Clock
from femo_tui.model.conditions import Condition
from femo_tui.model.faults import FaultName, FaultPlan

if TYPE_CHECKING:
    from femo_tui.devices.base import Image

COVERED = 3  # the grey levels of its own noise that a sensor gives behind a covered lens, a mask
WALL_SHARE = 4  # of the picture's width, from the left: the simulated participant never reaches it


class FaultyCamera:
    """The images of `camera`, as the plan spoils them."""

    def __init__(self, camera: SimCamera, plan: FaultPlan, clock: Clock) -> None:
        self._camera = camera
        self._plan = plan
        self._clock = clock
        self._info: DeviceInfo | None = None
        self._newest: Image | None = None

    def open(self) -> DeviceInfo:
        """Open the camera; again only if it is plugged in.

        Raises:
            DeviceError: it is unplugged.
        """
        self._check_plug(self._clock.now_s())
        if self._info is None:
            self._info = self._camera.open()
        return self._info

    def image_at(self, t_s: float) -> Image | None:
        """Return the image at boot time `t_s`, None if no frame comes.

        Raises:
            DeviceError: the camera is unplugged.
        """
        self._check_plug(t_s)
        if self._plan.holding(FaultName.CAMERA_SILENT, t_s):
            return None
        if self._newest is not None and self._plan.holding(FaultName.CAMERA_FROZEN, t_s):
            return self._newest
        image = self._camera.image_at(t_s)
        if self._plan.holding(FaultName.CAMERA_BLACK, t_s):
            image &= COVERED
        elif self._plan.holding(FaultName.NO_FACE, t_s):
            image = _empty(image)
        self._newest = image
        return image

    def cue(self, condition: Condition | None) -> None:
        self._camera.cue(condition)

    def close(self) -> None:
        self._camera.close()

    def _check_plug(self, t_s: float) -> None:
        if self._plan.holding(FaultName.CAMERA_UNPLUGGED, t_s):
            name = self._info.model if self._info is not None else "camera"
            raise DeviceError(f"{name} stopped giving images: plug it in again")


def _empty(image: Image) -> Image:
    """Return the picture with the wall beside the participant all over it."""
    width = image.shape[1]
    wall = image[:, : width // WALL_SHARE]
    tiled = np.concatenate([wall] * (WALL_SHARE + 1), axis=1)
    return np.ascontiguousarray(tiled[:, :width])
