"""Results told: figures, sentences, the page."""
