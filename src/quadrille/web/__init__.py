"""The page to explore: questions and their views in a browser, and a read-only API. Needs the extra ``web``."""
