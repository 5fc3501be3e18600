"""Bundles: what leaves the lab, and what comes in."""
