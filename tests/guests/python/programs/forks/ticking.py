"""What both processes have, each for itself."""

ticks = []
