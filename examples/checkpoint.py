#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkpoint.py DOMAIN IMAGE, or to restore it: checkpoint.py IMAGE"""
import sys
import xenresumable


def show(event):
    if event["event"] == "progress" and event["total"]:
        sys.stderr.write(f"\r{100 * event['bytes'] // event['total']:3} %")


*domains, image = sys.argv[1:] or sys.exit(__doc__)
try:
    for domain in domains:
        print(xenresumable.check(domain)["reason"])
        done = xenresumable.checkpoint(domain, image, seal=True, on_event=show)
    if not domains:
        done = xenresumable.restore(image, on_event=show)
    print(f"\n{done}")
except (xenresumable.Error, KeyboardInterrupt) as why:
    sys.exit(f"\nstopped: {why!r}")
