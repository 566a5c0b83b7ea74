"""Presentation of results: sentences, tables, figure and facts of each, and what renders them."""
