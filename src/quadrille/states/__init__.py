"""Who the actors are: states over time, under every name and code people and files give them."""
