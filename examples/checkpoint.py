#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkpoint.py DOMAIN IMAGE, or to restore it: checkpoint.py IMAGE"""
import sys
import xenresumable


def show(event):
    if event["event"] == "progress" and event["total"]:
        print(f"\r{100 * event['bytes'] // event['total']:3} %",
              end="", file=sys.stderr, flush=True)


def main(domain_or_image, image=None):
    if image is None:
        result = xenresumable.restore(domain_or_image, on_event=show)
        return print(f"\n{result['domain']} is back, as {result['domid']}")
    answer = xenresumable.check(domain_or_image)
    if answer["resumable"] != "yes":
        sys.exit(f"{domain_or_image}: left alone: {answer['reason']}")
    result = xenresumable.checkpoint(domain_or_image, image, seal=True,
                                     on_event=show)
    print(f"\n{domain_or_image}: {result['bytes']} bytes, frozen for "
          f"{result['freeze_us'] / 1000:.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("stopped: the guest goes on")
    except xenresumable.Error as error:
        sys.exit(f"{error} ({error.reason})")
