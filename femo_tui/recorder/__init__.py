"""The recorder: the run engine, its control socket, its client, its process."""
