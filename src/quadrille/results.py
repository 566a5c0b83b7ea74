"""What every result can do: print itself, draw itself, become a table or a file.

A result is a frozen dataclass in the room that estimates it; it knows no words and no pictures. Its ``kind``
names the module under `quadrille.views` that turns it into a `View`, which is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Result", "render"]


def render(module: str, name: str, *given: Any) -> Any:
    """What a function of `quadrille.views` makes of a result or a view; views lie above every result and are loaded when used."""
    return getattr(import_module(f"quadrille.views.{module}"), name)(*given)


class Result:
    """Base of every result.

    Attributes
    ----------
    kind : str
        Name of the view, and of the result in JSON.
    """

    __slots__ = ()
    kind: ClassVar[str]
    own: ClassVar[tuple[str, ...]] = ()  # suffixes that only this result writes

    @property
    def label(self) -> str:
        """What the result is about, in a few characters."""
        return ""

    @property
    def faults(self) -> tuple[str, ...]:
        """A line for each thing asked that could not be answered; a command that has some ends with exit code 2."""
        return ()

    def to_polars(self) -> pl.DataFrame:
        """The main table of the result, a row a period, a case or a dyad."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """The main table as a pandas data frame.

        Raises
        ------
        OptionError
            pandas is not installed.
        """
        from quadrille.errors import OptionError

        try:
            import pandas  # noqa: F401
        except ImportError:
            raise OptionError("pandas is not installed; run: pip install pandas pyarrow") from None
        table = self.to_polars()
        return table.to_pandas() if table.width else table

    def view(self) -> Any:
        """The result as a `quadrille.views.view.View`: sentences, tables, figure and facts."""
        return render(self.kind, "view", self)

    def plot(self, width: int = 640) -> Any:
        """An Altair chart.

        Parameters
        ----------
        width : int
            Of the plotting area, in pixels.

        Raises
        ------
        OptionError
            This result has no figure, or the width is no number of pixels.
        """
        from quadrille.arguments import at_least
        from quadrille.errors import OptionError

        given: Any = width
        if isinstance(given, bool) or not isinstance(given, Integral):
            raise OptionError(
                f"plot: width is {width!r:.60}; plot takes a width in pixels; save('x.png') writes a file"
            )
        at_least("width", int(given), 1, 100_000)
        return self.view().chart(int(given))

    def to_json(self) -> str:
        """The JSON envelope that the commands print with ``--json``."""
        return str(render("machine", "to_json", self.view()))

    def save(self, path: str | Path) -> Path:
        """Write the result to a file, whole or not at all; the suffix says how.

        Parameters
        ----------
        path : path
            ``.html``, ``.pdf`` and ``.docx`` a page, ``.md`` its text, ``.txt`` what `print` shows, ``.json``, ``.csv`` or ``.parquet`` the main table,
            ``.png`` or ``.svg`` the figure.

        Raises
        ------
        OptionError, InputError
            The suffix is none of these; the place cannot be written.
        """
        from quadrille.arguments import check_path

        check_path("path", path)
        return Path(render("save", "save_view", self.view(), path, self.own))

    def export(self, path: str | Path) -> tuple[Path, Path, Path]:
        """Write the main table for R, Stata or a notebook, with a codebook beside it.

        A row of a dyad has both states' ISO3 key, name, and Correlates of War and Gleditsch-Ward numbers of the day.

        Parameters
        ----------
        path : path
            ``.parquet``, ``.csv`` or ``.dta`` (Stata 14 and later).

        Returns
        -------
        (Path, Path, Path)
            Of the table, and of the codebook as CSV and as Markdown.

        Raises
        ------
        OptionError, InputError
            The suffix is none of these, this kind of result has no such table, or the place cannot be written.
        """
        from quadrille.arguments import check_path

        check_path("path", path)
        made: tuple[Path, Path, Path] = render("tidy", "export_view", self.view(), path)
        return made

    def __str__(self) -> str:
        return str(render("text", "to_text", self.view()))

    def __repr__(self) -> str:
        about = f" {self.label}" if self.label else ""
        return f"<{type(self).__name__}{about}>"

    def _repr_html_(self) -> str:
        return str(render("page", "to_fragment", self.view()))
