"""The simulator: the lab by hand, in a browser. Phones left, the wire in the middle, the agent desk right.

`evening` makes the world that the page shows, `desk` is the agent's side over the driver protocol, `pages` the files.
"""
