"""The console's ways to store, recorder and trainer; all may block: they are for threads only."""
