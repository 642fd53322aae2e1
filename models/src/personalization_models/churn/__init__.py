"""The churn head: its samples, training, evaluation and graph."""
