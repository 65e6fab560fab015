"""The unit under a systemd of its own: start, status, reload, watchdog, kill -9, socket, sandbox, journal.

Usage: systemd.py PROGRAM. Boots the machine's systemd in namespaces, on a copy-on-write view of the machine's files,
with a loopback network that leads nowhere; nothing of it outlives this script. Needs root and namespaces; where these
are missing it says so and ends well, unless SEUTU_TEST_SYSTEMD is "required".
"""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGING = os.path.join(HERE, "..", "packaging")
ADDRESS = ("127.0.0.1", 8080)
# Units that speak to the kernel of the machine, which is not this systemd's own.
MASKED = """systemd-sysctl.service systemd-modules-load.service systemd-binfmt.service
proc-sys-fs-binfmt_misc.automount systemd-remount-fs.service systemd-udevd.service systemd-udev-trigger.service
systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-random-seed.service systemd-hwdb-update.service
dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
sys-fs-fuse-connections.mount network-online.target""".split()

BOOT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs space "$1" && cd "$1" && mkdir up work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" root
cd root
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs tmp tmp
rm -rf etc/systemd/system && mkdir -p etc/systemd/system etc/seutu
for unit in $MASKED; do ln -s /dev/null "etc/systemd/system/$unit"; done
# One that stands for the network, which is there at once.
printf '[Unit]\nDescription=network\n' >etc/systemd/system/nss-lookup.target
install -m 755 "$PROGRAM" usr/bin/seutu
install -m 644 "$PACKAGING/seutu.service" "$PACKAGING/seutu.socket" usr/lib/systemd/system/
install -m 644 "$PACKAGING/seutu.sysusers" usr/lib/sysusers.d/seutu.conf
# Not by chroot: who is in one gets no user namespace, and PrivateUsers= wants it.
mkdir old && pivot_root . old && cd / && umount -l old && rmdir old
exec env -i container=seutu-test PATH="$PATH" /lib/systemd/systemd --system --unit=basic.target
"""

# A portal with a title that would break lines, and one that never answers.
PORTAL = r'''
import http.server, time
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><link>http://127.0.0.1:9001/</link>
<description>x</description><item><title>&lt;2&gt;Title&#13;&#10;&lt;2&gt;broken %s</title><link>http://127.0.0.1:9001/1</link>
<guid>http://127.0.0.1:9001/1</guid><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate></item></channel></rss>"""
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/hang"):
            time.sleep(600)
        body = FEED.encode() if self.path.startswith("/feed") else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 9001), Handler).serve_forever()
'''

CONFIG = """
[archive]
dir = "/var/lib/seutu"
[fetch]
allow_private_addresses = true
min_interval = "0s"
[poll]
interval = "2s"
look_interval = "1s"
[[municipality]]
name = "Kuusij\u00e4rvi"
code = "901"
[[source]]
id = "kuusijarvi"
municipality = "Kuusij\u00e4rvi"
platform = "feed"
url = "http://127.0.0.1:9001/feed"
"""
SECOND = """
[[municipality]]
name = "Haavela"
code = "902"
[[source]]
id = "haavela"
municipality = "Haavela"
platform = "feed"
url = "http://127.0.0.1:9001/hang"
"""

# What the sandbox has to refuse, tried by a program in it.
PRIVATE = ["10.0.0.5", "100.64.0.5", "169.254.169.254", "172.16.0.5", "192.168.1.5", "198.18.0.5", "fd00::5", "fec0::5"]
LOOPBACK = ["127.0.0.1", "127.0.0.5", "::1"]
PROBE = r'''
import concurrent.futures, ctypes, errno, mmap, os, socket
def refused(what, attempt):
    try:
        attempt()
    except (OSError, PermissionError) as error:
        print(what, "refused:", errno.errorcode.get(error.errno, error))
    else:
        print(what, "NOT REFUSED")
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "")
refused("write /etc", lambda: open("/etc/seutu/x", "w"))
refused("write /usr", lambda: open("/usr/x", "w"))
refused("write /home", lambda: open("/home/x", "w"))
refused("read /etc/shadow", lambda: open("/etc/shadow"))
refused("read /root", lambda: os.listdir("/root"))
refused("read another process", lambda: open("/proc/1/environ"))
refused("packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
refused("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
refused("namespaces", lambda: call(272, 0x10000000))
refused("trace", lambda: call(101, 16, 1, 0, 0))
refused("set-user-id", lambda: (open("/tmp/s", "w"), os.chmod("/tmp/s", 0o4755)))
refused("executable memory", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC))
refused("another program", lambda: os.execv("/bin/true", ["true"]))
# These stand on this machine for the test: what gets there is refused by nobody but the wall, which sees the packets,
# so that one of each kind of network is asked at the same time.
def asked(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as connection:
        connection.settimeout(3)
        try:
            connection.connect((address, 9001))
        except (TimeoutError, PermissionError) as error:
            return f"{address} refused: {type(error).__name__}"
        except OSError as error:
            return f"{address} NOT REFUSED: {error}"
    return f"{address} NOT REFUSED"
PRIVATE += LOOPBACK
with concurrent.futures.ThreadPoolExecutor(len(PRIVATE)) as all:
    print(*all.map(asked, PRIVATE), sep="\n")
open("/var/lib/seutu/probe", "w").close()
os.remove("/var/lib/seutu/probe")
print("write its own folder: done")
with open("/proc/self/status") as status:
    print(*[line.strip() for line in status if line.startswith(("Uid", "CapEff", "NoNewPrivs", "Seccomp:"))])
'''


def skip(why):
    print(f"skipped: {why}")
    sys.exit(os.environ.get("SEUTU_TEST_SYSTEMD") == "required")


def group_of_its_own():
    """A control group for all of it, where this machine has some of version 2: one that stays keeps its address filters."""
    with open("/proc/mounts") as mounts:
        places = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    if not places:
        return None
    group = os.path.join(places[0], f"seutu-systemd-{os.getpid()}")
    os.mkdir(group)
    return group


class Nest:
    """A systemd in namespaces."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="seutu-systemd-")
        words = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--net"]
        environment = dict(os.environ, PROGRAM=program, PACKAGING=PACKAGING, MASKED=" ".join(MASKED))
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.group = group_of_its_own()
        if self.group:
            words = ["bash", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', self.group, *words]
        self.outer = subprocess.Popen(
            [*words, "bash", "-c", BOOT, "boot", self.folder],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        self.helpers = []

    def first(self):
        children = f"/proc/{self.outer.pid}/task/{self.outer.pid}/children"
        try:
            with open(children) as file:
                return file.read().split()[0]
        except (OSError, IndexError):
            return None

    def entering(self, *words):
        return ["nsenter", "-t", self.first(), "-m", "-p", "-C", "-u", "-i", "-n", "-r", "--", *words]

    def run(self, *words, text=None):
        return subprocess.run(
            self.entering(*words), input=text, capture_output=True, text=True, timeout=120, check=False
        )

    def boots(self):
        for _ in range(300):
            if self.outer.poll() is not None:
                return False
            if self.first():
                state = self.run("systemctl", "is-system-running").stdout.strip()
                if state in ("running", "degraded"):
                    return True
            time.sleep(0.1)
        return False

    def write(self, path, text):
        done = self.run("tee", path, text=text)
        assert done.returncode == 0, done.stderr

    def ends(self):
        for helper in self.helpers:
            helper.kill()
        self.outer.kill()
        self.outer.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for place, _, _ in os.walk(self.group, topdown=False) if self.group else []:
            for _ in range(50):
                try:
                    os.rmdir(place)
                    break
                except OSError:
                    # What was killed takes a moment to go.
                    time.sleep(0.1)

    # What the checks ask.

    def shown(self, name, unit="seutu.service"):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def until(self, what, so, patience=60):
        began = time.monotonic()
        while not so():
            if time.monotonic() - began > patience:
                journal = self.run("journalctl", "-n", "30", "--no-pager").stdout
                fail(f"{what} did not come\n{self.run('systemctl', 'status', 'seutu').stdout}\n{journal}")
            time.sleep(0.1)

    def get(self, path):
        """Status and body, or the name of the error."""
        script = (
            "import http.client,sys\n"
            f"c=http.client.HTTPConnection('{ADDRESS[0]}',{ADDRESS[1]},timeout=60)\n"
            f"c.request('GET',{path!r},headers={{'Connection':'close'}})\n"
            "r=c.getresponse();print(r.status);print(r.read().decode())"
        )
        done = self.run("python3", "-c", script)
        status, _, body = done.stdout.partition("\n")
        return status or done.stderr.strip().splitlines()[-1], body

    def beside(self, script):
        helper = subprocess.Popen(
            self.entering("python3", "-c", script), stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )
        self.helpers.append(helper)
        return helper


def fail(why):
    print(f"failed: {why}", file=sys.stderr)
    raise SystemExit(1)


def insist(what, holds, seen=""):
    if not holds:
        fail(f"{what}: {seen}")
    print(f"{what}: yes" + (f" ({seen})" if seen else ""))


ASKING = r"""
import http.client, sys, time
good = refused = cut = other = 0
end = time.monotonic() + %d
number = 0
while number < %d or time.monotonic() < end:
    number += 1
    try:
        c = http.client.HTTPConnection("127.0.0.1", 8080, timeout=60)
        c.request("GET", "/healthz", headers={"Connection": "close"})
        good += c.getresponse().status == 200
    except ConnectionRefusedError:
        refused += 1
    except (ConnectionError, http.client.HTTPException):
        cut += 1
    except OSError:
        other += 1
print(good, refused, cut, other)
"""


def start(nest):
    nest.write("/etc/seutu/seutu.toml", CONFIG)
    if not nest.helpers:
        nest.beside(PORTAL)
    done = nest.run("systemctl", "start", "seutu.socket", "seutu.service")
    if done.returncode:
        status = nest.run("systemctl", "status", "seutu").stdout
        fail(f"start: {done.stderr}\n{status}\n{nest.run('journalctl', '-n', '40', '--no-pager').stdout}")
    insist("started when it said so", nest.shown("ActiveState") == "active", nest.shown("Type"))
    insist("/readyz", nest.get("/readyz")[0] == "200")
    nest.until("the first cycle", lambda: "last cycle" in nest.shown("StatusText"))
    print(f"status: {nest.shown('StatusText')}")
    nest.until("an item", lambda: "broken" in nest.get("/feeds/all.atom")[1])


def reload(nest):
    before = nest.shown("MainPID")
    nest.write("/etc/seutu/seutu.toml", CONFIG + SECOND)
    done = nest.run("systemctl", "reload", "seutu")
    insist("reload of a good configuration", done.returncode == 0, done.stderr)
    nest.until("the new source", lambda: nest.shown("StatusText").startswith("2 sources"))
    nest.write("/etc/seutu/seutu.toml", CONFIG + "\n[bad]\nx = 1\n")
    done = nest.run("systemctl", "reload", "seutu")
    insist("reload of a broken one fails", done.returncode != 0, f"rc {done.returncode}")
    status = nest.shown("StatusText")
    insist("and the status says why", "unknown section `bad`" in status and "in force" in status, status)
    told = nest.run("journalctl", "-u", "seutu", "-p", "err", "-o", "cat", "--no-pager").stdout
    insist("and the journal", "the configuration is refused" in told)
    insist("nothing was started again", nest.shown("MainPID") == before and nest.get("/readyz")[0] == "200")
    nest.run("systemctl", "kill", "-s", "HUP", "seutu")
    nest.write("/etc/seutu/seutu.toml", CONFIG + SECOND)
    done = nest.run("systemctl", "reload", "seutu")
    nest.until("the end of the refusal", lambda: nest.shown("StatusText").startswith("2 sources"))


def watchdog(nest):
    nest.run("mkdir", "-p", "/run/systemd/system/seutu.service.d")
    nest.write("/run/systemd/system/seutu.service.d/watchdog.conf", "[Service]\nWatchdogSec=4\n")
    nest.run("systemctl", "daemon-reload")
    nest.run("systemctl", "restart", "seutu")
    time.sleep(9)
    insist("fed while it does little", nest.shown("NRestarts") == "0", "two watchdog times")
    nest.run("systemctl", "kill", "-s", "STOP", "seutu")
    nest.until("a start after SIGSTOP", lambda: nest.shown("NRestarts") == "1")
    nest.until("that it serves", lambda: nest.get("/readyz")[0] == "200")
    told = nest.run("journalctl", "-u", "seutu", "--no-pager").stdout
    insist("the watchdog ended it", "Watchdog timeout" in told)


def kills(nest):
    asking = nest.beside(ASKING % (14, 1))
    for _ in range(12):
        nest.run("systemctl", "kill", "-s", "KILL", "seutu")
        time.sleep(0.8)
    good, refused, cut, other = map(int, asking.communicate(timeout=300)[0].split())
    seen = f"12 times SIGKILL under requests: {good} answered, {cut} cut off, {refused} refused"
    insist("nobody was turned away", refused == other == 0 and good > 0, seen)
    states = nest.shown("ActiveState", "seutu.socket"), nest.shown("ActiveState")
    nest.until("that it serves", lambda: nest.get("/readyz")[0] == "200")
    insist("service and socket never gave up", states[0] == "active", "/".join(states))


def restarts(nest):
    asking = [nest.beside(ASKING % (0, 50)) for _ in range(8)]
    for _ in range(8):
        nest.run("systemctl", "restart", "seutu")
    numbers = [list(map(int, one.communicate(timeout=300)[0].split())) for one in asking]
    good = sum(number[0] for number in numbers)
    insist("8 starts under 400 requests", good == 400, f"{good} of 400 answered")


def second(nest):
    began = time.monotonic()
    done = nest.run("runuser", "-u", "seutu", "--", "seutu", "run", "--config", "/etc/seutu/seutu.toml")
    seen = f"rc {done.returncode} in {time.monotonic() - began:.1f} s: {done.stderr.strip()}"
    insist("a second instance ends", done.returncode == 1 and "process" in done.stderr, seen)


def closed():
    with open(os.path.join(PACKAGING, "closed.conf")) as file:
        return file.read()


def probed(nest):
    return nest.run("journalctl", "-t", "probe", "-o", "cat", "--no-pager").stdout


def behind_the_socket(nest):
    nest.run("mkdir", "-p", "/run/systemd/system/seutu.service.d")
    nest.write("/run/systemd/system/seutu.service.d/closed.conf", closed())
    nest.run("systemctl", "daemon-reload")
    nest.run("systemctl", "restart", "seutu")
    seen = nest.get("/healthz")[0]
    insist("what is closed is served by its socket", seen == "200", seen)
    told = lambda: nest.run("journalctl", "-t", "seutu", "-o", "cat", "--no-pager").stdout
    nest.until("that it reaches nothing on loopback", lambda: "http://127.0.0.1:9001/feed: no connection" in told())


def sandbox(nest):
    unit = open(os.path.join(PACKAGING, "seutu.service")).read()
    # python3 stands for code that an attacker brought in; everything else is as it is.
    unit = unit.replace("Type=notify", "Type=oneshot").replace("Restart=always", "Restart=no")
    unit = unit.replace("ExecPaths=/usr/bin/seutu", f"ExecPaths={os.path.realpath('/usr/bin/python3')}")
    unit = re.sub("ExecStart=.*", "ExecStart=/usr/bin/python3 /etc/seutu/probe.py", unit)
    nest.write("/etc/systemd/system/seutu-probe.service", unit.replace("SyslogIdentifier=seutu", "SyslogIdentifier=probe"))
    for address in PRIVATE:
        nest.run("ip", "address", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo")
    nest.run("mkdir", "-p", "/run/systemd/system/seutu-probe.service.d")
    for name, drop_in, loopback in (("the sandbox", "", []), ("closed", closed(), LOOPBACK)):
        nest.write("/run/systemd/system/seutu-probe.service.d/closed.conf", drop_in)
        nest.write("/etc/seutu/probe.py", f"PRIVATE, LOOPBACK = {PRIVATE}, {loopback}\n{PROBE}")
        nest.run("systemctl", "daemon-reload")
        before = probed(nest)
        done = nest.run("systemctl", "start", "seutu-probe.service")
        told = probed(nest)[len(before):]
        print(told.strip())
        refused, expected = told.count(" refused:"), 13 + len(PRIVATE) + len(loopback)
        sound = done.returncode == 0 and "NOT REFUSED" not in told and refused == expected
        insist(f"{name} refuses", sound, f"{refused} of {expected}")
    pid = nest.shown("MainPID")
    told = nest.run("grep", "-E", "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):", f"/proc/{pid}/status").stdout
    words = dict(line.split(":\t") for line in told.splitlines())
    confined = words["Seccomp"] == "2" and words["NoNewPrivs"] == "1" and int(words["CapBnd"], 16) == 0
    insist("the daemon runs in it", confined and not words["Uid"].startswith("0"), " ".join(told.split()))


def documents(nest):
    """PDFs and Word documents are read by children, which the sandbox has to let live."""
    with open(os.path.join(PACKAGING, "seutu.service")) as file:
        unit = file.read().replace("Type=notify", "Type=oneshot").replace("Restart=always", "Restart=no")
    reading = "/usr/bin/seutu read --config /etc/seutu/seutu.toml /etc/seutu/minutes.pdf"
    unit = re.sub("ExecStart=.*", f"ExecStart={reading}", unit).replace("SyslogIdentifier=seutu", "SyslogIdentifier=reading")
    nest.write("/etc/systemd/system/seutu-reading.service", unit)
    with open(os.path.join(PACKAGING, "../fixtures/platforms/tweb/minutes-as-pdf/page.pdf"), "rb") as file:
        packed = base64.b64encode(file.read()).decode()
    nest.write("/etc/seutu/minutes.base64", packed)
    nest.run("bash", "-c", "base64 -d /etc/seutu/minutes.base64 >/etc/seutu/minutes.pdf")
    nest.run("systemctl", "daemon-reload")
    done = nest.run("systemctl", "start", "seutu-reading.service")
    told = nest.run("journalctl", "-t", "reading", "-o", "cat", "--no-pager").stdout
    read = done.returncode == 0 and 'Hyväksyttiin yksimielisesti' in told
    insist("a PDF is read in the sandbox", read, f"{len(told)} bytes" if read else told + done.stderr)


def journal(nest):
    lines = nest.run("journalctl", "-t", "seutu", "-o", "json", "--no-pager").stdout.splitlines()
    entries = [json.loads(line) for line in lines]
    ours = [entry for entry in entries if "SEUTU_SOURCE" in entry]
    levels = {entry["PRIORITY"] for entry in entries}
    insist("fields and priorities in the journal", ours and {"3", "6"} <= levels, f"{len(ours)} lines with SEUTU_SOURCE")
    insist("no title is a priority", "2" not in levels, f"priorities {', '.join(sorted(levels))}")
    bare = [entry for entry in entries if not isinstance(entry["MESSAGE"], str) or "\n" in entry["MESSAGE"]]
    insist("every message is one line", not bare, f"{len(entries)} messages" if not bare else str(bare[:1]))


def stop(nest):
    began = time.monotonic()
    nest.run("systemctl", "stop", "seutu.service")
    took = time.monotonic() - began
    result = nest.shown("Result")
    insist("stopped with a hanging source", took < 10 and result == "success", f"{took:.1f} s, {result}")


def main():
    program = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        skip("a systemd of its own needs root")
    if subprocess.run(["unshare", "--pid", "--fork", "--mount", "--net", "--cgroup", "true"], check=False).returncode:
        skip("this machine gives no namespaces")
    nest = Nest(program)
    try:
        if not nest.boots():
            nest.log.seek(0)
            skip(f"systemd does not start in namespaces here: {nest.log.read().strip()[-300:]}")
        version = nest.run("systemctl", "--version").stdout.split("\n")[0]
        print(f"{version}, in namespaces", flush=True)
        for check in (start, reload, second, sandbox, documents, kills, restarts, stop, start, watchdog, journal, behind_the_socket, stop):
            check(nest)
    finally:
        nest.ends()


if __name__ == "__main__":
    main()
