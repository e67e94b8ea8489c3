# SPDX-License-Identifier: LGPL-2.1-or-later
from os import PathLike
from typing import Any, Dict, List, Optional, Tuple, TypedDict, Union

_Source = Union[str, "PathLike[str]", bytes, bytearray, memoryview]
_Value = Union[int, str, bytes, List[Tuple[int, int]], List[int]]

class ImageInfo(TypedDict):
    container: str
    compression: str
    place: Optional[str]
    loader: Optional[str]
    bits: int
    big_endian: bool

class Error(ValueError):
    code: int
    offset: Optional[int]

def image_notes(source: _Source, /) -> Dict[str, _Value]: ...
def image_list(source: _Source, /) -> str: ...
def image_info(source: _Source, /) -> ImageInfo: ...
def parse_list(text: str, /) -> Dict[str, _Value]: ...

class Record(TypedDict):
    version: str
    offset: int
    length: int
    keys: Dict[str, str]

class Seal(TypedDict):
    algorithm: str
    length: int
    digest: str

class SaveImage(TypedDict):
    container: str
    config: Union[Dict[str, Any], str, None]
    xml: Optional[str]
    xen: str
    type: str
    metadata: Optional[Record]
    seal: Optional[Seal]

class Verdict(TypedDict):
    resumable: str
    source: str
    reason: str

class Problem(TypedDict):
    offset: int
    what: str

class Verification(TypedDict):
    ok: bool
    complete: bool
    bytes: int
    records: int
    pages: int
    vcpus: int
    metadata: bool
    seal: str
    problems: List[Problem]

_File = Union[str, "PathLike[str]", int]

def read_image(source: _File, /) -> SaveImage: ...
def verdict(source: _File, /) -> Verdict: ...
def verify_image(source: _File, /, structure: bool = False) -> Verification: ...
