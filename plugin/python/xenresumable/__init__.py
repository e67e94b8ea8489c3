# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checkpoints of Xen guests, and what their kernels and save images say.

check(), checkpoint(), list_images(), restore() and rollback() start the command
xen-resumable; everything else needs no Xen.  The functions are those of
libxenresumable(3), over the extension module _native; the dictionaries that they return have the keys of
the command's --format=json, and are typed here.
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
