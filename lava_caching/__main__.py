"""``python -m lava_caching`` is ``lava-caching``."""

from lava_caching.cli import main

main()
