"""The words of a study as records: standard library only, no I/O."""
