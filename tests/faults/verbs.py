# SPDX-License-Identifier: LGPL-2.1-or-later
#
# verbs.py STEPS: every verb that needs no Xen, with the Nth allocation, read,
# write or system call failing, for N = 1, 2, 3 ... until none is left to fail.
# If this fails, a host short of memory or with a failing disk gets a crash, a
# wrong answer with the exit status of a right one, or a damaged image.
#
# STEPS bounds the runs of one walk: past them N grows faster.  0: every N.
import glob
import hashlib
import os
import re
import subprocess
import sys

KINDS = ["memory", "read", "write", "call", "short"]
TIMEOUT = 600
program = os.environ["XR_PROGRAM"]
library = os.environ["FAIL_LIBRARY"]
steps = int(sys.argv[1])
failures = 0
runs = 0


def fail(text):
    global failures
    failures += 1
    print("FAIL:", text, flush=True)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Case:
    """A command line; files are those that it reads, and must not change.
    One that fails has no Xen to go on with, whatever else fails before."""

    def __init__(self, words, stdin=None, files=(), seals=None, flattens=None,
                 env=None, fails=False):
        self.words, self.stdin, self.seals = words, stdin, seals
        self.flattens, self.fails = flattens, fails
        self.files = {f: digest(f) for f in files}
        self.env = dict(os.environ, LD_PRELOAD=library, **(env or {}),
                        FAIL_IN="xen-resumable", FAIL_LOG="fail.log")
        self.name = " ".join(words) + (" <" + stdin if stdin else "")

    def run(self, kind, n):
        """Exit status, output, messages, and where it failed or None."""
        global runs
        runs += 1
        if os.path.exists("fail.log"):
            os.unlink("fail.log")
        written = self.seals or self.flattens
        if written:
            with open(written[0], "rb") as file, \
                    open(written[1], "wb") as copy:
                copy.write(file.read())
        piped = (self.stdin or "").startswith("|")
        with open(self.stdin.strip("|") if self.stdin else "/dev/null",
                  "rb") as file:
            source = {"input": file.read()} if piped else {"stdin": file}
            try:
                done = subprocess.run(
                    [program, *self.words], timeout=TIMEOUT, **source,
                    env=dict(self.env, FAIL_WHAT=kind, FAIL_NTH=str(n)),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            except subprocess.TimeoutExpired:
                return "hangs", b"", b"", "hangs"
        with open("fail.log", encoding="utf-8") as file:
            where = file.read().strip()
        return done.returncode, done.stdout, done.stderr, where

    def judge(self, kind, got, good):
        status, out, err, _ = got
        if self.fails:
            if status != 2 or not err:
                return "exit status %s, and it says %s" % (status, err)
        elif status == good[0]:
            if self.told(out) != self.told(good[1]):
                return "the output differs, the exit status does not"
        elif status != 2:
            return "exit status %s instead of %s" % (status, good[0])
        elif kind == "short":
            return "a short transfer is an error"
        elif not err:
            return "exit status 2 without a word"
        for file, was in self.files.items():
            if digest(file) != was:
                return file + " is not what it was"
        if self.seals:
            source, file, sealed = self.seals
            # It may be sealed, and then not be able to say so.
            if digest(file) not in ([digest(sealed)] if status == 0 else
                                    [digest(sealed), digest(source)]):
                return "%s after exit status %s" % (file, status)
        return self.judge_flat(status) if self.flattens else None

    def told(self, out):
        """A flat image has a random secret, and so its digest is random.  Where
        no holes can be made in memory's output, zeros are written."""
        out = re.sub(rb", of which [^,]* are data", b"", out)
        return re.sub(rb"[0-9a-f]{32}", b"*", out) if self.flattens else out

    def judge_flat(self, status):
        """The whole former one, or the whole new one, and nothing else."""
        source, file = self.flattens
        if glob.glob(".%s.*" % glob.escape(file)):
            return "it has left %s" % glob.glob(".*")
        if digest(file) == digest(source):
            return "it is not flat" if status == 0 else None
        for words in (["verify", file], ["diff", source, file]):
            if subprocess.run([program, *words], check=False,
                              stdout=subprocess.DEVNULL).returncode:
                return "%s does not take it" % words[0]
        return None

    def walk(self, kind, good):
        n, step, count = 1, 1, 0
        while True:
            got = self.run(kind, n)
            count += 1
            wrong = self.judge(kind, got, good)
            if wrong:
                fail("%s: %s %d: %s (%s)\n%s" % (
                    self.name, kind, n, wrong, got[3],
                    got[2].decode(errors="replace")[-2000:]))
            if not got[3] or got[3] == "hangs":
                break
            if steps and count >= steps:
                step = step * 3 // 2 + 1
            n += step
        return count

    def walk_all(self):
        good = self.run("memory", 10 ** 9)
        if self.fails:
            wrong = good[0] != 2 or b"this host: " not in good[2]
        else:
            wrong = (good[0] not in (0, 1, 3)
                     or not (good[1] or self.seals or self.flattens))
        if wrong:
            fail("%s: %s" % (self.name, good))
            return
        counts = [self.walk(kind, good) for kind in KINDS]
        print("ok: %s: %s" % (self.name, ", ".join(
            "%s %d" % pair for pair in zip(KINDS, counts))), flush=True)


TAKEN = "2020-11-27T030005Z.img"


def cases():
    yield Case(["--help"])
    yield Case(["checkpoint", "--help"])
    yield Case(["--options", "check"])
    images = ["image", "other"]
    kernels = ["elf", "bz"]
    for shape in "list", "text", "json":
        yield Case(["notes", "--format=" + shape, "elf"], files=kernels)
    yield Case(["notes", "--format=json", "elf", "bz"], files=kernels)
    yield Case(["notes", "bz"], files=kernels)
    yield Case(["notes", "-"], stdin="elf", files=kernels)
    for shape in "text", "json":
        f = "--format=" + shape
        yield Case(["check", f, "--kernel", "elf"], files=kernels)
        yield Case(["check", f, "--image", "image"], files=images)
        yield Case(["show", f, "image"], files=images)
        yield Case(["show", f, "--records", "vm"], files=["vm"])
        yield Case(["verify", f, "image"], files=images)
        yield Case(["verify", f, "image", "other"], files=images)
        yield Case(["show", f, "image", "other"], files=images)
        yield Case(["list", f, "./image", "./other"], files=images)
        yield Case(["list", f, "--dir=series"], files=["series/web/" + TAKEN])
        yield Case(["prune", f, "--dir=series", "--keep-last=1", "--dry-run"],
                   files=["series/web/" + TAKEN])
        yield Case(["diff", f, "image", "other"], files=images)
    yield Case(["show", "-"], stdin="image", files=images)
    yield Case(["verify", "-"], stdin="sealed", files=["sealed"])
    yield Case(["verify", "-"], stdin="|sealed")
    yield Case(["show", "-"], stdin="|image")
    yield Case(["diff", "image", "-"], stdin="|other", files=images)
    yield Case(["check", "--image", "-"], stdin="|image")
    yield Case(["notes", "-"], stdin="|bz")
    yield Case(["verify", "short"], files=["short"])
    yield Case(["verify", "flat"], files=["flat"])
    yield Case(["seal", "flat"], files=["flat"])
    yield Case(["seal", "fresh"], seals=("image", "fresh", "sealed"))
    yield Case(["seal", "--flat", "flat"], files=["flat"])
    yield Case(["seal", "--flat", "new"], flattens=("image", "new"))
    for shape in "raw", "elf", "lime", "xen":
        yield Case(["memory", "--as=" + shape, "vm", "-"], files=["vm"])
    yield Case(["memory", "--as=elf", "-", "-"], stdin="|image")
    yield Case(["memory", "--as=elf", "--force", "image", "out"], files=images)
    yield Case(["memory", "--force", "-", "out"], stdin="|image")
    yield Case(["show", "--memory=4000:5000", "image"], files=images)
    for image in ("web.img", "web.save"):
        config = "json" if image == "web.img" else "xml"
        yield Case(["restore", "--dry-run", "--config=" + config, "--name=copy",
                    "--disk=xvda=/dev/null", "--bridge=br0=br1", "--mac=new",
                    image], files=[image, config], fails=True)
    stub = {"XR_PRELOAD": os.environ["XR_STUB"],
            "XR_CONFIG": os.path.abspath("conf")}
    for words in (["list"], ["save", "web", "saved"]):
        yield Case(["exec", "--", "./xl", *words], env=stub)


for case in cases():
    case.walk_all()
print("%d runs, %d failures" % (runs, failures))
sys.exit(failures > 0)
