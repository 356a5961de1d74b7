"""Collect every scenario of this folder as a test."""

from __future__ import annotations

from pytest_bdd import scenarios

scenarios(".")
