"""Chronicles: relations coded by hand, act by act, each with a named source."""
