"""Pages to look at and to print: one of a run, one of a study, each a single HTML file."""
