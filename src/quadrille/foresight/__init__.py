"""What would happen if, how such cases ended before, and how often such forecasts were right."""
