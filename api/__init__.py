"""Routes beside the pages: frames, files and what every answer carries."""
