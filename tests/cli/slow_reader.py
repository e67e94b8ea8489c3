# SPDX-License-Identifier: LGPL-2.1-or-later
#
# slow_reader.py COMMAND...: reads what a command prints, which is more than a
# pipe holds, but not before the pipe is full, the command waits in a write, and
# signals have come.  Prints it, and ends with the command's exit status.
import os
import select
import signal
import subprocess
import sys
import time

SIGNALS = 20


def is_full(fd):
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return not poll.poll(0)


def sleeps(pid):
    stat = open("/proc/%d/stat" % pid, "rb").read()
    return stat.rpartition(b")")[2].split()[0] == b"S"


def wait_until_it_waits(command, fd):
    while command.poll() is None:
        if is_full(fd) and sleeps(command.pid):
            return
        time.sleep(0.01)
    sys.exit("the command has ended with %d, and has filled no pipe"
             % command.returncode)


def main():
    ours, theirs = os.pipe()
    command = subprocess.Popen(sys.argv[1:], stdout=theirs)
    for _ in range(SIGNALS):
        wait_until_it_waits(command, theirs)
        command.send_signal(signal.SIGTERM)
    os.close(theirs)
    while True:
        piece = os.read(ours, 1 << 16)
        if not piece:
            break
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()
    sys.exit(command.wait())


main()
