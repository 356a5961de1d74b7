"""What the lab costs: sends a second beside a bare aiohttp echo, latencies, start-up times and memory, in one run.

It measures and reports; it judges nothing. `python -m harness.benchmark --help` says how to run it.
"""
