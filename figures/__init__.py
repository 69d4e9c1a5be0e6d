"""Frames in, plotly figures (plain dicts) out; no dash."""
