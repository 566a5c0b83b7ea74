"""What trade is, what it could be, and what agreements, tariffs, embargoes, corridors and payments would change."""
