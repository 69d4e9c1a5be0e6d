"""Frames and values in, Dash components out."""
