"""What gunicorn reads by itself; the figures live in app.py and settings/."""

import app

app.log_plainly()
globals().update(app.gunicorn_options())
