"""Reading the dance: what an analyst says in words, as a measured reading."""
