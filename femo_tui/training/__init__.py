"""Training: features, heads, evaluation."""
