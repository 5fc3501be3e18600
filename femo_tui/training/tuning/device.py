"""What a fine-tuning computes on, in words."""

from __future__ import annotations

from pathlib import Path

from femo_tui.training.workers import worker_count


def device_name() -> str:
    """Return the name of the card that computes, else of the processor."""
    import tensorflow as tf

    names = [
        str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name))
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    if names:
        return names[0] if len(names) == 1 else f"{len(names)} × {names[0]}"
    return processor_name()


def processor_name() -> str:
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    known = named[0] if named else platform.processor() or platform.machine()
    return f"{worker_count()} cores, {known}"
