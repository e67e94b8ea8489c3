# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the functions of xenresumable take and return."""
import os
from typing import (
    Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypedDict,
    Union)

# A path, or a kernel itself.
KernelSource = Union[str, "os.PathLike[str]", "os.PathLike[bytes]", bytes,
                     bytearray, memoryview]
# A path, or a file descriptor.
ImageSource = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]", int]
# A path alone.
Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
# An option of the command: True is one without a value, False and None are not
# given, several are given one after the other; of a dictionary, each is given as
# "key=value".
OptionValue = Union[int, str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Option = Union[None, OptionValue, Sequence[OptionValue],
               Mapping[str, OptionValue], Mapping[int, OptionValue]]
# Of a note: a number, a string, bytes that nobody knows, pairs or numbers.
Value = Union[int, str, bytes, List[Tuple[int, int]], List[int]]
# Bytes that are done, of how many (0: nobody knows).
Progress = Callable[[int, int], object]


class Event(TypedDict, total=False):
    """What the command tells: event is "stage", "progress" or "message"."""
    event: str
    stage: str
    bytes: int
    total: int
    level: str
    text: str


EventListener = Callable[[Event], object]


class KernelInfo(TypedDict):
    """What a kernel is."""
    container: str
    compression: str
    place: Optional[str]
    loader: Optional[str]
    bits: int
    big_endian: bool


class Record(TypedDict):
    """The metadata record of a save image; keys is its list, as text."""
    version: str
    offset: int
    length: int
    keys: Dict[str, str]


class Seal(TypedDict):
    """The seal of a save image, as it stands there."""
    algorithm: str
    length: int
    digest: str


class SaveImage(TypedDict):
    """What a save image is and carries; notes are its kernel's, typed."""
    container: str
    config: Union[Dict[str, Any], str, None]
    xml: Optional[str]
    xen: str
    type: str
    metadata: Optional[Record]
    seal: Optional[Seal]
    layout: Optional[str]
    bytes_occupied: Optional[int]
    bytes_shared: Optional[int]
    name: Optional[str]
    uuid: Optional[str]
    notes: Optional[Dict[str, Value]]


class ListedError(TypedDict, total=False):
    """Why a file cannot be read."""
    code: str
    message: str
    offset: int


class ListedDisk(TypedDict):
    """A disk of a saved guest, and where its copy is; None: none was kept, or
    nobody says it."""
    vdev: str
    kind: Optional[str]
    target: Optional[str]
    format: Optional[str]
    written: bool
    driver: Optional[str]
    copy: Optional[str]


class ListedImage(TypedDict, total=False):
    """A save image in a list; of a file that cannot be read the first five
    and "error" are there."""
    file: str
    name: Optional[str]
    uuid: Optional[str]
    saved_at: Optional[str]
    saved_at_by: str
    container: str
    layout: Optional[str]
    labels: Dict[str, str]
    disks: List[ListedDisk]
    bytes: int
    bytes_occupied: Optional[int]
    bytes_shared: Optional[int]
    record: bool
    sealed: bool
    resumable: str
    error: ListedError


class PutBack(TypedDict):
    """A disk that has what it had, and the copy that it has that of."""
    vdev: str
    target: str
    copy: str


class Rollback(TypedDict, total=False):
    """What became of a rollback; with dry_run what would: dry_run, restorable and
    checks are then in it, and domid and what follows guest is not."""
    ok: bool
    domain: str
    domid: int
    image: str
    safety: Optional[str]
    goes_on: bool
    put_back: List[PutBack]
    guest: Optional[str]
    next: Optional[str]
    seal: str
    resumable: str
    down_ms: int
    put_back_ms: int
    total_ms: int
    dry_run: bool
    restorable: str
    checks: List[Dict[str, Optional[str]]]


class Verdict(TypedDict):
    """resumable is "yes", "no" or "unknown"; source is what said so."""
    resumable: str
    source: str
    reason: str


class Problem(TypedDict):
    """What is wrong with an image, and where."""
    offset: int
    what: str


class Verification(TypedDict):
    """Whether an image is sound."""
    ok: bool
    complete: bool
    bytes: int
    records: int
    pages: int
    vcpus: int
    metadata: bool
    seal: str
    problems: List[Problem]


class SealResult(TypedDict):
    """A seal that an image has now."""
    sealed_before: bool
    algorithm: str
    length: int
    digest: str


class Difference(TypedDict):
    """A value of each image; None: not in that one."""
    key: str
    a: Optional[str]
    b: Optional[str]


class PageChanges(TypedDict):
    """Changed pages; ranges are numbers of pages, both included."""
    changed: int
    ranges_found: int
    ranges: List[Tuple[int, int]]


class ImageDiff(TypedDict):
    """What differs between two images."""
    same: bool
    config: List[Difference]
    metadata: List[Difference]
    vcpus: List[Difference]
    pages: PageChanges
