"""Trains, evaluates and exports the model packages that Personalization serves."""

__version__ = "1.0.0"
