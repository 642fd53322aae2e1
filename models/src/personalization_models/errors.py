"""Errors that a user can act on: the command line prints them without a stack trace."""

from __future__ import annotations

import errno

_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), " Make room there, and run the same command again."),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), " Let the user of this process write and read there, or name another place."),
}


class ModelsError(Exception):
    """Something about the input, the configuration or a package is wrong; the message says what and where."""


def told(error: OSError) -> str:
    """What the machine refused, where it says so, and what to do."""
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}.{_ADVICE.get(error.errno or 0, '')}"
