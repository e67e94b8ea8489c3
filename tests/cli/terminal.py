# SPDX-License-Identifier: LGPL-2.1-or-later
#
# terminal.py COLUMNS COMMAND...: the command on a terminal of that width.  Prints
# what it has written there, and ends with its exit status.
import fcntl
import os
import pty
import struct
import sys
import termios


def read_all(fd):
    text = b""
    while True:
        try:
            piece = os.read(fd, 1 << 16)
        except OSError:  # the last one has closed the terminal
            return text
        if not piece:
            return text
        text += piece


def main():
    size = struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0)
    ready, go = os.pipe()
    pid, terminal = pty.fork()
    if not pid:
        os.close(go)
        os.read(ready, 1)  # until the terminal has its size
        os.execvp(sys.argv[2], sys.argv[2:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    os.close(go)
    text = read_all(terminal)
    sys.stdout.write(text.decode().replace("\r\n", "\n"))
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
