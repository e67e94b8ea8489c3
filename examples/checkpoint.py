#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkpoint.py DOMAIN IMAGE, or to restore it: checkpoint.py IMAGE"""
import sys
import xenresumable


def show(event):
    if event["event"] == "progress" and event["total"]:
        sys.stderr.write(f"\r{100 * event['bytes'] // event['total']:3} %")


words = sys.argv[1:] if len(sys.argv) in (2, 3) else sys.exit(__doc__)
try:
    if words[1:]:
        print(xenresumable.check(words[0])["reason"])
        done = xenresumable.checkpoint(*words, seal=True, on_event=show)
    else:
        done = xenresumable.restore(*words, on_event=show)
    print(f"\n{done}")
except (xenresumable.Error, KeyboardInterrupt) as why:
    sys.exit(f"\nstopped: {why!r}")
