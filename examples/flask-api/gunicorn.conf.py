"""How gunicorn runs the API: https://gunicorn.org/reference/settings/"""

bind = "0.0.0.0:5000"

# For a task with one virtual CPU. Each worker has pools of its own: see database.py.
workers = 2
worker_class = "gthread"
# More than the 2 * 28 requests that the database may keep waiting, so that /health is
# answered while the database is away: see database.py.
threads = 64

# Longer than the load balancer's idle timeout of 60 seconds. If the API closed a connection
# first, the load balancer might be sending a request on it, and would answer 502.
keepalive = 75

# Shorter than the 30 seconds after which ECS kills a container that it stops.
graceful_timeout = 25

# The root file system may be read-only, with /tmp alone to write to.
worker_tmp_dir = "/tmp"
control_socket_disable = True

# Requests go to standard output, everything else to standard error. The client is the last
# address in X-Forwarded-For; the connection is always the load balancer's.
accesslog = "-"
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s %(M)sms'
