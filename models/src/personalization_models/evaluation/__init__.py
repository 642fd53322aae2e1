"""How good a model is at the next item, beside baselines."""
