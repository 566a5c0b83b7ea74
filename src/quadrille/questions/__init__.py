"""The questions that can be put to data: a module for each heading of the help, quick to import; the work is loaded when asked."""
