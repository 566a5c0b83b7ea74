"""The questions that can be put to data: one module each, quick to import; the work is loaded when it is asked."""
