"""Views as tagged PDF (PDF/UA-1), from the same page as HTML."""

from __future__ import annotations

import logging

from quadrille.views.extras import weasyprint
from quadrille.views.page import to_print
from quadrille.views.vega import Draw, drawn
from quadrille.views.view import View

__all__ = ["to_pdf"]


def to_pdf(view: View, draw: Draw = drawn) -> bytes:
    """The page on paper: title, language, headings and alternative texts are in the file's tags.

    Raises
    ------
    OptionError
        The extra ``report`` or the system's Pango is missing.
    """
    made = weasyprint()
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    # The page holds all that it shows: nothing is fetched for it.
    only_inside = made.urls.URLFetcher(allowed_protocols=("data",))
    page = made.HTML(string=to_print(view, draw), url_fetcher=only_inside)
    return bytes(page.write_pdf(pdf_variant="pdf/ua-1"))
