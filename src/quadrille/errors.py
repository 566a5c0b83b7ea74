"""One exception tree, so that a caller can catch as widely or as narrowly as needed.

::

    QuadrilleError
    ├── InputError                  something the user gave cannot be used (exit code 2)
    │   ├── UnknownStateError       a name or code that is no state we know
    │   ├── StateNotThenError       a state that did not exist in the period asked for
    │   ├── SameStateError          a dyad needs two different states
    │   ├── UnknownEventError       a CAMEO code or event text that does not exist
    │   ├── FileFormatError         a file that is not what it should be
    │   │   └── ChronicleError      a chronicle with broken rows
    │   ├── NoDataError             the data hold nothing for what was asked
    │   ├── OptionError             an option outside its allowed values
    │   ├── LakeError               a lake that is not there, is broken, or cannot be written
    │   └── DownloadError           a publisher's file that could not be downloaded
    └── NotConvergedError           an estimate that failed its own diagnostics
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "ChronicleError",
    "DownloadError",
    "FileFormatError",
    "InputError",
    "LakeError",
    "NoDataError",
    "NotConvergedError",
    "OptionError",
    "QuadrilleError",
    "SameStateError",
    "StateNotThenError",
    "UnknownEventError",
    "UnknownStateError",
]


class QuadrilleError(Exception):
    """Base of every error raised on purpose."""


class InputError(QuadrilleError):
    """Something the user gave cannot be used; the message is one line that says how to mend it."""


class UnknownStateError(InputError):
    """A name or code that is no state we know, or of several; ``suggestions`` holds the closest names."""

    def __init__(
        self, text: str, suggestions: Sequence[str] = (), *, several: bool = False
    ) -> None:
        self.text = text
        self.suggestions = tuple(suggestions)
        if several:
            super().__init__(f"{text!r} may be {' or '.join(self.suggestions)}; say which")
            return
        hint = (
            f"did you mean {', '.join(self.suggestions)}?"
            if self.suggestions
            else "give a name, an ISO3 code or a COW number, see: quadrille states find NAME"
        )
        super().__init__(f"unknown state {text!r}; {hint}")


class StateNotThenError(InputError):
    """A state that did not exist at any time in the period asked for."""


class SameStateError(InputError):
    """A dyad needs two different states."""


class UnknownEventError(InputError):
    """A CAMEO code or event text that does not exist."""


class FileFormatError(InputError):
    """A file that is not what it should be; the message names file, line and column where known."""


class ChronicleError(FileFormatError):
    """A chronicle with broken rows; ``problems`` holds one line for each."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class NoDataError(InputError):
    """The data hold nothing for what was asked."""


class OptionError(InputError):
    """An option outside its allowed values; the message lists them."""


class LakeError(InputError):
    """A lake that is not there, is broken, or cannot be written."""


class DownloadError(InputError):
    """A publisher's file that could not be downloaded."""


class NotConvergedError(QuadrilleError):
    """An estimate that failed its own diagnostics."""
