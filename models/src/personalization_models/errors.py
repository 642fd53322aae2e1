"""Errors that a user can act on: the command line prints them without a stack trace."""


class ModelsError(Exception):
    """Something about the input, the configuration or a package is wrong; the message says what and where."""
