"""One relation of every two states from many witnesses."""
