"""Public benchmarks by one command: readers, protocols, baselines, recipes, blends and their report."""
