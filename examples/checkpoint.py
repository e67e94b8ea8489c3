#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkpoint.py FOLDER: a sealed checkpoint of every guest that can take it.

What "xen-resumable check --all" answers with "no" or "unknown" is left alone and
named.  Exit status 1 if one of the checkpoints failed.
"""
import json
import os
import subprocess
import sys


def ask_all():
    done = subprocess.run(
        ["xen-resumable", "check", "--all", "--format=json"],
        stdout=subprocess.PIPE, check=False)
    if done.returncode == 2:
        sys.exit(2)
    return json.loads(done.stdout)["domains"]


def take(name, image):
    """What the checkpoint was like, or None if there is none."""
    done = subprocess.run(
        ["xen-resumable", "checkpoint", "--format=json", "--seal", "--keep=1",
         "--", name, image], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = False
    for domain in ask_all():
        name = domain["target"]
        if domain["resumable"] != "yes":
            print(f"{name}: left alone: {domain['reason']}")
            continue
        image = os.path.join(sys.argv[1], name.replace("/", "_") + ".img")
        result = take(name, image)
        if result is None:
            print(f"{name}: failed")
            failed = True
        else:
            print(f"{name}: {result['bytes']} bytes, frozen for "
                  f"{result['freeze_us'] / 1000:.1f} ms")
    sys.exit(failed)


if __name__ == "__main__":
    main()
