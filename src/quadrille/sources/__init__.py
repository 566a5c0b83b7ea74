"""Data as publishers ship them, turned into canonical tables; what is refused is kept with its reason."""
