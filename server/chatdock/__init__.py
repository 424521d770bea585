"""Chatdock: a ChatKit-compatible chat service you host yourself."""

__version__ = "0.1.0"
