# SPDX-License-Identifier: LGPL-2.1-or-later
#
# stuck_reader.py FILE COMMAND...: the command's standard error is a full pipe that
# nobody reads until it has made the file.  Prints then what comes through the
# pipe, and ends with the command's exit status.
import os
import select
import subprocess
import sys
import time


PLENTY = 600  # seconds: it is over in two


def fill(fd):
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    while poll.poll(0):
        os.write(fd, b"." * 4096)


def main():
    ours, theirs = os.pipe()
    fill(theirs)
    command = subprocess.Popen(sys.argv[2:], stderr=theirs)
    os.close(theirs)
    until = time.monotonic() + PLENTY
    while not os.path.exists(sys.argv[1]):
        if time.monotonic() > until:
            command.kill()
            sys.exit("the command waits for who reads its messages")
        if command.poll() is not None:
            sys.exit("the command has ended with %d, without %s"
                     % (command.returncode, sys.argv[1]))
        time.sleep(0.01)
    text = b""
    while True:
        piece = os.read(ours, 1 << 16)
        if not piece:
            break
        text += piece
    sys.stdout.write(text.decode().lstrip("."))
    sys.stdout.flush()
    sys.exit(command.wait())


main()
