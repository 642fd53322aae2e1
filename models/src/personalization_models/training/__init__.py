"""Training of the next item, alone, from several shops, anew, from several seeds."""
