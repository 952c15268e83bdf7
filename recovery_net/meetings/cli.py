"""`flask meetings …`"""

from flask.cli import AppGroup

meetings = AppGroup("meetings", help="Read meeting lists in, and give them on.")
