"""The judge: lab process, worlds, subject drivers, the pytest plugin, verdicts and the command line.

It may import the fakes and `reports`; it must not import a subject. Subjects are reached through a driver.
"""
