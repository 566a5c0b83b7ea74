"""What a form of a file needs beyond the base: one clear line where it is missing, before the work."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from quadrille.errors import OptionError

__all__ = ["check_extra", "weasyprint"]

_NEEDS = {".pdf": "weasyprint", ".docx": "docx"}  # suffix → module
_ADD = "pip install 'quadrille[report]'"
_PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0"


def check_extra(suffix: str) -> None:
    """Refuse a form whose extra is not installed.

    Raises
    ------
    OptionError
    """
    module = _NEEDS.get(suffix)
    if module and find_spec(module) is None:
        raise OptionError(f"{suffix} needs the extra report; install it: {_ADD}")
    if suffix == ".pdf":
        weasyprint()


def weasyprint() -> Any:
    """The module that makes PDF.

    Raises
    ------
    OptionError
        The system lacks Pango, with which it sets text.
    """
    try:
        import weasyprint as found
    except OSError:
        raise OptionError(f".pdf needs the system's Pango; install it: {_PANGO}") from None
    return found
