"""Backups by content, and a store brought back from one."""
