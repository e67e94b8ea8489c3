# SPDX-License-Identifier: LGPL-2.1-or-later
"""The memory of a saved guest."""
import threading
from types import TracebackType
from typing import ClassVar, List, Optional, Tuple, Type, Union, overload

from . import _native
from ._types import ImageSource


class SaveMemory:
    """The memory of the guest in a save image, by address.

    memory[0x1000:0x1040] are bytes, memory[0x1000] is one of them, a number.  Where the
    guest has no memory that is an Error.  Addresses are guest-physical, of a PV guest
    pseudo-physical (xen-resumable-memory(7)).

    source is a path (str or os.PathLike) or a descriptor, of a regular file.  The
    first access looks through the image; the file is open until close().
    """

    # By __getitem__ alone it would be a sequence: a loop, or "in", would read byte
    # after byte, up to the first gap or for ever.
    __iter__: ClassVar[None] = None
    __contains__: ClassVar[None] = None

    def __init__(self, source: ImageSource, /) -> None:
        self._lock = threading.Lock()
        self._save: Optional[object] = _native.memory_open(source)

    def _opened(self) -> object:
        if self._save is None:
            raise ValueError("the image was closed")
        return self._save

    @property
    def ranges(self) -> List[Tuple[int, int]]:
        """Where the guest has memory: pairs of address and length, ascending."""
        with self._lock:
            return _native.memory_ranges(self._opened())

    def _read(self, address: int, length: int) -> bytes:
        if address < 0 or length < 0 or address + length > 1 << 64:
            raise IndexError("no such address")
        with self._lock:
            return _native.memory_read(self._opened(), address, length)

    @overload
    def __getitem__(self, where: int, /) -> int: ...

    @overload
    def __getitem__(self, where: slice, /) -> bytes: ...

    def __getitem__(self, where: Union[int, slice], /) -> Union[int, bytes]:
        if not isinstance(where, slice):
            return self._read(where, 1)[0]
        if where.start is None or where.stop is None or where.step is not None:
            raise ValueError("a slice of memory is [address:address + length]")
        return self._read(where.start, max(where.stop - where.start, 0))

    def close(self) -> None:
        """Closes the file; the memory cannot be read any more."""
        with self._lock:
            self._save = None

    def __enter__(self) -> "SaveMemory":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 value: Optional[BaseException],
                 where: Optional[TracebackType]) -> None:
        self.close()
