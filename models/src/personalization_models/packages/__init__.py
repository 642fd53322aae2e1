"""Model packages: graphs, variants, weights, parity rows and reports."""
