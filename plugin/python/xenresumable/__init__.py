# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is a Xen guest's suspend resumable?  What its kernel and save image say.

Needs no Xen.  The functions are those of libxenresumable(3), over the extension
module _native; the dictionaries that they return have the keys of the command's
--format=json, and are typed here.
"""
from ._native import (
    Error, Failed, Refused, Unreadable, diff_images, image_notes, kernel_info,
    kernel_list, kernel_notes, parse_list, read_image, seal_image, verdict,
    verify_image, version)
from ._types import (
    Difference, ImageDiff, ImageSource, KernelInfo, KernelSource, PageChanges,
    Problem, Progress, Record, SaveImage, Seal, SealResult, Value, Verdict,
    Verification)

__all__ = [
    "Difference", "Error", "Failed", "ImageDiff", "ImageSource", "KernelInfo",
    "KernelSource", "PageChanges", "Problem", "Progress", "Record", "Refused",
    "SaveImage", "Seal", "SealResult", "Unreadable", "Value", "Verdict",
    "Verification", "diff_images", "image_notes", "kernel_info", "kernel_list",
    "kernel_notes", "parse_list", "read_image", "seal_image", "verdict",
    "verify_image", "version"]
