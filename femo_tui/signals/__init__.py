"""Signals: Grove arithmetic, quality rules, responses."""
