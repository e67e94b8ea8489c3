#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""read_image.py IMAGE: what a save image is and carries, and is it sound?"""
import sys

import xenresumable


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        image = xenresumable.read_image(sys.argv[1])
        found = xenresumable.verify_image(sys.argv[1])
    except (xenresumable.Error, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(f"{image['container']}, {image['type']}, "
          f"written on Xen {image['xen']}")
    if image["metadata"]:
        for key, value in image["metadata"]["keys"].items():
            print(f"  {key} = {value!r}")
    for problem in found["problems"]:
        print(f"at offset {problem['offset']}: {problem['what']}")
    print(f"{'sound' if found['ok'] else 'not sound'}, "
          f"{found['pages']} pages, seal: {found['seal']}")
    sys.exit(not found["ok"])


if __name__ == "__main__":
    main()
