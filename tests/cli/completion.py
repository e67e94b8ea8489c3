# SPDX-License-Identifier: LGPL-2.1-or-later
#
# completion.py COMPLETION: a real bash on a terminal of its own, in which lines
# are typed, with a TAB.  Nothing is waited for but what bash prints, so that it
# does not matter how fast it is.
import os
import pty
import signal
import sys

# What is typed before TAB, and the arguments that come of it; X is typed behind
# TAB, and tells whether there was a blank.
PLAIN = [
    ("verif", ["verify", "X"]),
    ("check --for", ["check", "--format=X"]),
    ("check --format=t", ["check", "--format=text", "X"]),
    ("check --format t", ["check", "--format", "text", "X"]),
    ("check --format=j", ["check", "--format=jsonX"]),
    ("check --image=my", ["check", "--image=my file.img", "X"]),
    ('check --image="my', ["check", "--image=my file.img", "X"]),
    ("check --image=a:", ["check", "--image=a:b.img", "X"]),
    ("check --image=eq=", ["check", "--image=eq=x.img", "X"]),
    ("check --image=web@", ["check", "--image=web@mon.img", "X"]),
    ("check --image=~/im", ["check", "--image=~/image.img", "X"]),
    ("checkpoint --hook=fol", ["checkpoint", "--hook=folder/X"]),
    ("verify web@m", ["verify", "web@mon.img", "X"]),
    ("verify my\\ ", ["verify", "my file.img", "X"]),
    ("checkpoint web-", ["checkpoint", "web-one", "X"]),
    ("checkpoint mail im", ["checkpoint", "mail", "image.img", "X"]),
    ("exec -- xen-resum", ["exec", "--", "xen-resumable", "X"]),
]
UNSPLIT = [
    ("check --format=t", ["check", "--format=text", "X"]),
    ("check --image=my", ["check", "--image=my file.img", "X"]),
    ("check --image=a:", ["check", "--image=a:b.img", "X"]),
    ("checkpoint --hook=fol", ["checkpoint", "--hook=folder/X"]),
]
failures = 0


class Bash:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       dict(os.environ, PS1="$ ", TERM="dumb",
                            INPUTRC="/dev/null", HOME=os.getcwd()))
        self.said = b""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, text):
        """What it prints up to that."""
        while text not in self.said:
            self.said += os.read(self.fd, 65536)
        before, _, self.said = self.said.partition(text)
        return before

    def complete(self, line):
        """The arguments that the line has in the end."""
        self.type("xen-resumable " + line + "\tX\x01show \x05\n")
        self.wait_for(b"<<")
        return self.wait_for(b">>").decode().split("|")[1:]


def complete_all(setup, cases):
    global failures
    bash = Bash()
    # The words apart: bash echoes what is typed.
    bash.type("show() { local IFS='|'; echo '<''<'\"$*\"'>''>'; }; "
              "source %s; %s; echo now'' ready\n" % (sys.argv[1], setup))
    bash.wait_for(b"now ready")
    for line, wanted in cases:
        got = bash.complete(line)
        if got != wanted:
            failures += 1
            print("FAIL: %s: %s, not %s" % (line, got, wanted), flush=True)
    bash.type("exit\n")
    os.close(bash.fd)
    os.waitpid(bash.pid, 0)


signal.alarm(600)
try:
    os.close(os.open("/dev/ptmx", os.O_RDWR))
except OSError as problem:
    print("skipped: no terminal can be made:", problem)
    sys.exit(0)
complete_all("bind 'set bell-style none'", PLAIN)
complete_all("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}", UNSPLIT)
sys.exit(failures > 0)
