"""What comes in: bundles, believed in nothing until every byte was looked at."""
