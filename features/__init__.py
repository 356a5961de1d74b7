"""The conformance suite: requirements as data, scenarios in Gherkin, and the closed vocabulary of steps.

It may import `harness`. It must not import a fake or a bridge: what is judged is seen over HTTP.
"""
