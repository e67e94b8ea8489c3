#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""verdict.py ARGUMENTS...: which guests may be checkpointed, and why?

Asks "xen-resumable check" with the same arguments: domains, "--all", "--kernel
FILE" or "--image FILE".  Its exit status is the answer of the worst.
"""
import json
import subprocess
import sys


def verdicts(arguments):
    """A list of dictionaries, one for each guest, and the exit status."""
    done = subprocess.run(
        ["xen-resumable", "check", "--format=json", *arguments],
        stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(2)
    return json.loads(done.stdout)["domains"], done.returncode


def main():
    domains, status = verdicts(sys.argv[1:])
    for domain in domains:
        print(f"{domain['target']}: {domain['resumable']}, "
              f"by {domain['source']}: {domain['reason']}")
    sys.exit(status)


if __name__ == "__main__":
    main()
