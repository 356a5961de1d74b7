"""Settings: what an operator decides. ``tenant`` for one tenant, ``server`` for the process, ``report`` on mistakes."""
