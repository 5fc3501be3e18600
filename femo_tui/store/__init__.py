"""What is kept: the catalog, the run folder, its readers."""
