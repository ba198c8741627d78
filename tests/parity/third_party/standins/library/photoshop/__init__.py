"""A stand-in for the module of Photoshop."""
