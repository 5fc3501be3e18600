"""Faces in frames: detection, crops, sharpness, selection."""
