"""Arrays in, arrays or named tuples out: state-space recursions, fits and scores.

Nothing here knows a state, a date or a file. Every kernel is compiled by Numba without the GIL
and runs over blocks of dyads on as many threads as there are cores; results do not depend on the
number of threads.
"""
