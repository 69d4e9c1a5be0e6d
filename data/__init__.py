"""Questions in, frames out: the historian, its quality rules and its indicators."""
