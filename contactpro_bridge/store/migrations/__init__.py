"""Schema migrations, applied at start by ``store.migrate``."""
