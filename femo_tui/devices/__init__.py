"""GSR sensors, cameras and players: a Protocol each, real and simulated side by side."""
