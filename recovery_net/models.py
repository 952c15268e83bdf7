"""Every table, in one place for those who must see all of them: migrations, the data inventory, erasure."""

from recovery_net.accounts import models as accounts
from recovery_net.core import jobs
from recovery_net.meetings import models as meetings
from recovery_net.realtime import log
from recovery_net.rooms import models as rooms

ALL = (accounts, jobs, log, rooms, meetings)
