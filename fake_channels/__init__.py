"""Messaging-channel servers that speak each vendor's own wire protocol, with a simulated phone behind each.

`core` holds what all channels share and names none of them; every other folder is one channel. A channel is reached
through its `CHANNEL` descriptor alone.
"""
