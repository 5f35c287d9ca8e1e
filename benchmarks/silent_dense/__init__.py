"""A learning connection that learns nothing. Lava executes every file of this folder: Process and models only."""
