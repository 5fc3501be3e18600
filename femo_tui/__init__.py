"""femo: a terminal session console for studies of emotion through the face and skin response."""

__version__ = "1.0.0"
