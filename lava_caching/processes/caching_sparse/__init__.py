"""A sparse learning connection with caching. Lava executes every file of this folder: Process and models only."""

from lava_caching.processes.lava_needed import require_lava

require_lava(__name__)
