"""A host-side Process that turns errors into third factors; Lava runs every file here, so there are only two."""

from lava_caching.processes.lava_needed import require_lava

require_lava(__name__)
