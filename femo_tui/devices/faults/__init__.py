"""Simulated devices that fail as a rehearsal plans it, seen through the real devices' code."""
