"""Subject drivers: the agent side of a bridge, as a Python `Protocol` and as the same thing over HTTP."""
