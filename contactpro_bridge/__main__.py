"""``python -m contactpro_bridge`` is ``contactpro-bridge``."""

from contactpro_bridge.cli import main

main()
