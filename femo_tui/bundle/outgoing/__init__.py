"""What leaves the lab: bundles, and single runs as XDF."""
