# SPDX-License-Identifier: LGPL-2.1-or-later
from os import PathLike
from typing import Dict, List, Optional, Tuple, TypedDict, Union

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
