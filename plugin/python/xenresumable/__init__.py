# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checkpoints of Xen guests, and what their kernels and save images say.

    import xenresumable
    try:
        result = xenresumable.checkpoint("web", "/var/backup/web.img", keep=3)
        print(result["freeze_us"] / 1000, "ms frozen")
    except xenresumable.Error as error:
        print(error, error.reason)
    for image in xenresumable.list_images(dir="/var/lib/xen-resumable"):
        print(image["file"], xenresumable.verify_image(image["file"])["ok"])
    xenresumable.rollback("web", "/var/backup/web.img")

check(), checkpoint(), list_images(), restore() and rollback() start the command
xen-resumable, and all but list_images() need Xen; nothing else does.  Results are
dictionaries with the keys of the command's --format=json: xen-resumable-json(5)
has every key, and its unit.

Failures raise Error: Unreadable if an input is malformed or cut off, Refused if
nothing was done, Failed if it was tried.  The functions are those of
libxenresumable(3); their types are in _types.
"""
from ._domains import check, checkpoint, list_images, restore, rollback
from ._memory import SaveMemory
from ._native import (
    Error, Failed, Refused, Unreadable, diff_images, image_notes, kernel_info,
    kernel_list, kernel_notes, parse_list, read_image, seal_image, verdict,
    verify_image, version)
from ._types import (
    Difference, Event, EventListener, ImageDiff, ImageSource, KernelInfo,
    KernelSource, ListedDisk, ListedError, ListedImage, Option, PageChanges,
    Problem, Progress, PutBack, Record, Rollback, SaveImage, Seal, SealResult,
    Value, Verdict, Verification)

__all__ = [
    "Difference", "Error", "Event", "EventListener", "Failed", "ImageDiff",
    "ImageSource", "KernelInfo", "KernelSource", "ListedDisk", "ListedError",
    "ListedImage", "Option", "PageChanges", "Problem", "Progress",
    "PutBack", "Record", "Refused", "Rollback", "SaveImage", "SaveMemory", "Seal", "SealResult", "Unreadable",
    "Value", "Verdict", "Verification", "check", "checkpoint", "diff_images",
    "image_notes", "kernel_info", "kernel_list", "kernel_notes",
    "list_images", "parse_list", "read_image", "restore", "rollback", "seal_image",
    "verdict", "verify_image", "version"]
