"""What gunicorn reads by itself; the figures live in app.py and settings/."""

import app

app.write_logs()
globals().update(app.gunicorn_options())
