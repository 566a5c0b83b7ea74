"""Claims of a text put to data: a file of propositions, a test for each, and a verdict from one table of rules."""
