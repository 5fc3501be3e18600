"""Statistics: window summaries, measures, signed-rank tests."""
