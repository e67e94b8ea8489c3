# SPDX-License-Identifier: LGPL-2.1-or-later
"""What xen-resumable does with domains, as functions."""
import errno
import json
import os
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union, cast

from ._native import (
    Failed, check_domain, checkpoint_domain, list_domains, restore_domain,
    rollback_domain)
from ._types import (
    EventListener, ListedImage, Option, OptionValue, Path, Rollback)


def _bytes(value: OptionValue) -> bytes:
    if isinstance(value, int):
        return str(value).encode()
    return os.fsencode(value)


def _pairs(options: Dict[str, Option]) -> List[Tuple[bytes, Optional[bytes]]]:
    """keep=3, seal=True, label=["a=1", "b=2"], disk={"xvda": "/dev/vg/web"},
    as the command has them."""
    pairs: List[Tuple[bytes, Optional[bytes]]] = []
    for name, value in options.items():
        option = name.replace("_", "-").encode()
        if isinstance(value, (list, tuple)):
            pairs += [(option, _bytes(each)) for each in value]
        elif isinstance(value, Mapping):
            pairs += [(option, _bytes(each) + b"=" + _bytes(its))
                      for each, its in value.items()]
        elif value is True:
            pairs.append((option, None))
        elif value is not None and value is not False:
            pairs.append((option, _bytes(cast(OptionValue, value))))
    return pairs


def _result(text: str) -> Dict[str, Any]:
    # The library has read it, but Python has limits of its own, such as that
    # of an integer's digits.
    try:
        result: Dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        failed = Failed(f"the command's result cannot be read: {error}")
        failed.code = errno.EPROTO
        raise failed from error
    result.pop("event", None)
    return result


def check(domain: Union[str, int], *,
          on_event: Optional[EventListener] = None,
          **options: Option) -> Dict[str, Any]:
    """May this running domain be checkpointed, and go on?

    What "xen-resumable check --format=json" says of it: "resumable" is "yes",
    "no" or "unknown", "reason" why.  options are those of the command;
    on_event is as of checkpoint().  What it raises, and Ctrl-C, ends the check
    also where xenstore does not answer.
    """
    return _result(check_domain(_bytes(domain), _pairs(options), on_event))


def checkpoint(domain: Union[str, int], path: Path, *,
               on_event: Optional[EventListener] = None,
               **options: Option) -> Dict[str, Any]:
    """Writes an image of a domain that goes on running.

    What "xen-resumable checkpoint --format=json" prints.  options are those of
    the command, with _ for -: keep=3, seal=True, label=["a=1", "b=2"].

    on_event(event) hears of stages, progress (about ten times a second) and
    messages, also of each line that the command, its hooks and the toolstack
    write to standard error (level "info").  What it raises, and Ctrl-C, stops
    the checkpoint: the guest goes on, the former image stands, and then the
    exception comes out here.  Once the guest has been resumed it is too late
    for that: the new image stands, and the exception comes out all the same.
    """
    return _result(checkpoint_domain(_bytes(domain), os.fsencode(path),
                                     _pairs(options), on_event))


def list_images(*names: Path, on_event: Optional[EventListener] = None,
                **options: Option) -> List[ListedImage]:
    """Which save images there are, of whom and from when.

    A list: the "images" of "xen-resumable list --format=json".  names are domains
    and files, as the command takes them.  Without names: all of the folder of the
    series, dir="/srv/checkpoints" or what xen-resumable.conf says.  A file that
    cannot be read has an "error".
    """
    text = list_domains([os.fsencode(name) for name in names],
                        _pairs(options), on_event)
    return cast(List[ListedImage], _result(text)["images"])


def restore(image: Path, *, on_event: Optional[EventListener] = None,
            **options: Option) -> Dict[str, Any]:
    """Makes a domain of a save image again.

    What "xen-resumable restore --format=json" prints.  Otherwise as
    checkpoint().  With changes: name="web-copy", mac="new",
    disk={"xvda": "/dev/vg/copy"}, bridge={"xenbr0": "test"}, config=path.
    """
    return _result(restore_domain(os.fsencode(image), _pairs(options),
                                  on_event))


def rollback(domain: Union[str, int], image: Optional[Path] = None, *,
             on_event: Optional[EventListener] = None,
             **options: Option) -> Rollback:
    """Takes a domain back to a save image, with its disks.

    What "xen-resumable rollback --format=json" prints.  Without image: the
    newest sound one of the domain's series.  Otherwise as checkpoint(); once
    the domain is destroyed it is too late to stop.  After a failure then, the
    same call goes on.
    """
    return cast(Rollback, _result(rollback_domain(
        _bytes(domain), None if image is None else os.fsencode(image),
        _pairs(options), on_event)))
