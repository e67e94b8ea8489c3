# SPDX-License-Identifier: LGPL-2.1-or-later
"""If this fails, Python programs no longer get an image's notes typed."""
import errno
import functools
import gc
import gzip
import os
import pathlib
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import xenresumable


def note(number, desc, name=b"Xen\0"):
    def padded(data):
        return data + b"\0" * (-len(data) % 4)
    return (struct.pack("<III", len(name), len(desc), number)
            + padded(name) + padded(desc))


def elf(notes):
    """An ELF64 image of one PT_NOTE segment."""
    header = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 2, 62,
                         1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, len(notes),
                          len(notes), 4)
    return header + segment + notes


IMAGE = elf(note(14, struct.pack("<I", 1)) + note(6, b"linux\0")
            + note(13, struct.pack("<4Q", 1, 1, 2, 0))
            + note(19, struct.pack("<3I", 0x200000, 0, 0xffffffff))
            + note(23, b"\x01\xff") + note(1, struct.pack("<Q", 2**63)))


class KernelNotes(unittest.TestCase):
    def test_values_are_typed_and_ordered(self):
        self.assertEqual(list(xenresumable.kernel_notes(IMAGE).items()), [
            ("ENTRY", 2**63),
            ("GUEST_OS", "linux"),
            ("L1_MFN_VALID", [(1, 1), (2, 0)]),
            ("SUSPEND_CANCEL", 1),
            ("PHYS32_RELOC", [0x200000, 0, 0xffffffff]),
            ("NOTE_23", b"\x01\xff"),
        ])

    def test_path_and_pathlike_and_buffers_say_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "kern\u00e9l")
            with open(path, "wb") as file:
                file.write(IMAGE)

            class Like:
                def __fspath__(self):
                    return path

            expected = xenresumable.kernel_notes(IMAGE)
            for source in (path, Like(), bytearray(IMAGE), memoryview(IMAGE)):
                self.assertEqual(xenresumable.kernel_notes(source), expected)

    def test_a_kernel_without_notes_is_an_empty_dictionary(self):
        self.assertEqual(xenresumable.kernel_notes(elf(b"")), {})

    def test_a_string_that_is_not_utf8_survives(self):
        value = xenresumable.kernel_notes(elf(note(6, b"a\xff\0")))["GUEST_OS"]
        self.assertEqual(value.encode("utf-8", "surrogateescape"), b"a\xff")

    def test_an_odd_number_is_listed_by_its_number(self):
        self.assertEqual(xenresumable.kernel_notes(elf(note(14, b"\1\0\0"))),
                         {"NOTE_14": b"\1\0\0"})

    def test_kernel_info(self):
        self.assertEqual(xenresumable.kernel_info(IMAGE), {
            "container": "elf", "compression": "none", "place": "PT_NOTE",
            "loader": None, "bits": 64, "big_endian": False})

    def test_the_old_name(self):
        self.assertEqual(xenresumable.image_notes(IMAGE),
                         xenresumable.kernel_notes(IMAGE))

    def test_list_and_back(self):
        text = xenresumable.kernel_list(IMAGE)
        self.assertTrue(text.startswith("ENTRY=0x8000000000000000,GUEST_OS="))
        self.assertEqual(xenresumable.parse_list(text),
                         xenresumable.kernel_notes(IMAGE))


class Errors(unittest.TestCase):
    def test_no_kernel(self):
        with self.assertRaises(xenresumable.Error) as caught:
            xenresumable.kernel_notes(b"#!/bin/sh\n")
        self.assertEqual(caught.exception.code, errno.ENOEXEC)
        self.assertEqual(caught.exception.offset, 0)
        self.assertEqual(caught.exception.reason, "cannot-judge")
        self.assertIsInstance(caught.exception, xenresumable.Unreadable)
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(str(caught.exception), "not a kernel image")

    def test_truncated_at_every_byte(self):
        for end in range(len(IMAGE)):
            try:
                xenresumable.kernel_notes(IMAGE[:end])
            except xenresumable.Error as error:
                self.assertIsNotNone(error.offset)

    def test_bad_list_tells_where(self):
        with self.assertRaises(xenresumable.Error) as caught:
            xenresumable.parse_list("GUEST_OS=linux,oops")
        self.assertEqual(caught.exception.offset, 15)

    def test_missing_file(self):
        with self.assertRaises(FileNotFoundError) as caught:
            xenresumable.kernel_notes("/nonexistent/kernel")
        self.assertEqual(caught.exception.filename, "/nonexistent/kernel")

    def test_wrong_types(self):
        for wrong in (None, 1.5, [], {}):
            with self.assertRaises(TypeError):
                xenresumable.kernel_notes(wrong)
        with self.assertRaises(TypeError):
            xenresumable.parse_list(b"A=1")
        with self.assertRaises(ValueError):
            xenresumable.kernel_notes("nul\0inside")

    def test_a_path_that_cannot_be_opened_is_named(self):
        missing = pathlib.Path("/missing/image")
        calls = [
            functools.partial(each, missing) for each in (
                xenresumable.kernel_notes, xenresumable.kernel_list,
                xenresumable.kernel_info, xenresumable.read_image,
                xenresumable.verdict, xenresumable.verify_image,
                xenresumable.seal_image)]
        calls += [lambda: xenresumable.diff_images(missing, WHOLE),
                  lambda: xenresumable.diff_images(WHOLE, missing)]
        for call in calls:
            with self.assertRaises(FileNotFoundError) as caught:
                call()
            self.assertEqual(caught.exception.filename, missing)

    def test_a_comparison_says_which_image_it_was(self):
        for images, name in (((os.devnull, WHOLE), "first"),
                             ((WHOLE, os.devnull), "second")):
            with self.assertRaisesRegex(xenresumable.Error,
                                        f"^the {name} image: "):
                xenresumable.diff_images(*images)

    def test_no_descriptor_is_left_open(self):
        before = len(os.listdir("/proc/self/fd"))
        for path in ("/etc/passwd", "/", "/nonexistent"):
            with self.assertRaises((xenresumable.Error, OSError)):
                xenresumable.kernel_notes(path)
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


SAVES = os.path.join(os.environ.get("top_srcdir", "."), "tests/data/saves")
PV = os.path.join(SAVES, "xl-pv-4.17.img")
WHOLE = os.path.join(SAVES, "thin-pv-4.20.img")


class SaveImages(unittest.TestCase):
    def test_an_image_is_a_dictionary_as_show_prints_it(self):
        image = xenresumable.read_image(PV)
        self.assertEqual(list(image), ["container", "config", "xml", "xen",
                                       "type", "metadata", "seal", "layout",
                                       "bytes_occupied", "bytes_shared",
                                       "name", "uuid", "notes"])
        self.assertEqual(image["layout"], "stream")
        self.assertGreater(image["bytes_occupied"], 0)
        self.assertTrue(image["bytes_shared"] is None
                        or image["bytes_shared"] <= image["bytes_occupied"])
        self.assertEqual(image["container"], "xl")
        self.assertEqual(image["xen"], "4.17")
        self.assertEqual(image["type"], "x86 PV")
        self.assertEqual(image["config"]["c_info"]["name"],
                         image["metadata"]["keys"]["domain.name"])
        self.assertEqual(image["metadata"]["version"], "1.0")
        self.assertEqual(image["metadata"]["keys"]["image.SUSPEND_CANCEL"],
                         "0x1")
        self.assertEqual(image["notes"]["SUSPEND_CANCEL"], 1)
        self.assertEqual(image["name"], image["config"]["c_info"]["name"])
        self.assertEqual(image["uuid"], image["config"]["c_info"]["uuid"])
        self.assertIsNone(image["xml"])
        self.assertIsNone(image["seal"])

    def test_a_libvirt_image_has_xml(self):
        image = xenresumable.read_image(
            os.path.join(SAVES, "libvirt-pv-4.20.img"))
        self.assertEqual(image["container"], "libvirt")
        self.assertTrue(image["xml"].startswith("<domain type='xen'"))
        self.assertIsNone(image["metadata"])
        self.assertIsNone(image["notes"])
        self.assertIn("<name>" + image["name"] + "</name>", image["xml"])
        self.assertIn("<uuid>" + image["uuid"] + "</uuid>", image["xml"])

    def test_a_file_descriptor_stays_open_and_where_it_was(self):
        with open(PV, "rb") as file:
            self.assertEqual(xenresumable.read_image(file.fileno()),
                             xenresumable.read_image(PV))
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_CUR), 0)

    def test_a_verdict_is_of_either_kind_of_image(self):
        expected = {"resumable": "yes", "source": "image",
                    "reason": "the kernel's SUSPEND_CANCEL note is 1"}
        self.assertEqual(xenresumable.verdict(PV), expected)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "kernel")
            for kernel, resumable, source in (
                    (IMAGE, "yes", "image"),
                    (elf(note(6, b"NetBSD\0") + note(14, bytes(4))), "no",
                     "image"),
                    (elf(note(6, b"FreeBSD\0") + note(14, bytes(4))), "yes",
                     "quirk"),
                    (elf(b""), "unknown", "none")):
                with open(path, "wb") as file:
                    file.write(kernel)
                verdict = xenresumable.verdict(path)
                self.assertEqual(list(verdict), list(expected))
                self.assertEqual((verdict["resumable"], verdict["source"]),
                                 (resumable, source))
                self.assertTrue(verdict["reason"])
        self.assertEqual(xenresumable.verdict(WHOLE)["resumable"], "unknown")

    def test_a_sound_image(self):
        result = xenresumable.verify_image(WHOLE)
        self.assertTrue(result["ok"] and result["complete"])
        self.assertEqual(result["bytes"], os.stat(WHOLE).st_size)
        self.assertEqual(result["problems"], [])
        self.assertEqual(result["seal"], "absent")
        self.assertTrue(xenresumable.verify_image(WHOLE, structure=True)["ok"])

    def test_an_image_cut_off(self):
        result = xenresumable.verify_image(PV)
        self.assertFalse(result["ok"] or result["complete"])
        self.assertEqual(result["problems"], [
            {"offset": 7168, "what": "the image is cut off"}])

    def test_what_is_no_image_is_an_error_with_a_place(self):
        for function in (xenresumable.read_image, xenresumable.verify_image,
                         xenresumable.verdict):
            with self.assertRaises(xenresumable.Error) as caught:
                function(__file__)
            self.assertEqual(caught.exception.code, errno.ENOEXEC)
            self.assertEqual(caught.exception.offset, 0)
            with self.assertRaises(FileNotFoundError):
                function("/nonexistent")
            with self.assertRaises(TypeError):
                function(None)


THIN = os.path.join(SAVES, "thin-pv-4.17.img")


def whole(path):
    with open(path, "rb") as file:
        return file.read()


class NotKnown(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "file"

    def test_an_image_that_cannot_be_judged(self):
        image = bytearray(whole(WHOLE))
        image[36] = 1  # no libxl stream: the format of Xen 4.5
        self.file.write_bytes(image)
        for function in (xenresumable.verify_image, xenresumable.seal_image,
                         xenresumable.read_image, xenresumable.verdict):
            with self.assertRaises(xenresumable.Unreadable) as caught:
                function(self.file)
            self.assertEqual(caught.exception.reason, "cannot-judge")
            self.assertIn("Xen 4.5", str(caught.exception))
        self.assertEqual(self.file.read_bytes(), image)

    def test_what_is_no_image_is_named(self):
        self.file.write_bytes(gzip.compress(whole(WHOLE)))
        with self.assertRaisesRegex(xenresumable.Unreadable,
                                    "compressed by gzip"):
            xenresumable.verify_image(self.file)

    def test_kernels_and_loaders(self):
        mini = elf(note(6, b"Mini-OS\0") + note(5, b"xen-3.0\0"))
        rows = (
            (mini, "no"),
            (mini + b"\0GNU GRUB  version %s\0", "unknown"),
            (elf(note(18, b"\0\0\x10\0")), "unknown"),
            (elf(note(1, b"", b"GNU\0")), "unknown"),
            (elf(note(6, b"linux\0") + note(14, b"\1\0\0\0")), "yes"))
        for kernel, answer in rows:
            self.file.write_bytes(kernel)
            self.assertEqual(xenresumable.verdict(self.file)["resumable"],
                             answer)
        core = bytearray(elf(note(0x2000000, b"")))
        core[16] = 4
        self.file.write_bytes(core)
        with self.assertRaisesRegex(xenresumable.Unreadable, "core dump"):
            xenresumable.verdict(self.file)


class Memory(unittest.TestCase):
    """If this fails, Python programs see what the guest did not have."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image = pathlib.Path(folder.name) / "image"
        numbers = [n for n in range(40) if n != 20]
        page = b"".join(struct.pack("<Q", n) * 512 for n in numbers)
        entries = struct.pack("<40Q", 15 << 60 | 20, *numbers)
        self.image.write_bytes(
            b"\xff" * 8 + struct.pack(">IIHHI", 0x58454E46, 3, 0, 0, 0)
            + struct.pack("<IHHII", 2, 12, 0, 4, 17)
            + struct.pack("<IIQ", 1, 8 + len(entries) + len(page), 40)
            + entries + page
            + struct.pack("<II", 0, 0))

    def test_bytes_by_address(self):
        with xenresumable.SaveMemory(self.image) as memory:
            self.assertEqual(memory[3 * 4096:3 * 4096 + 16],
                             struct.pack("<QQ", 3, 3))
            self.assertEqual(memory[4 * 4096 - 8:4 * 4096 + 8],
                             struct.pack("<QQ", 3, 4))
            self.assertEqual(memory[39 * 4096], 39)
            self.assertEqual(memory[5:5], b"")
            self.assertEqual(memory.ranges, [
                (0, 20 * 4096), (21 * 4096, 19 * 4096)])

    def test_what_is_not_there(self):
        memory = xenresumable.SaveMemory(str(self.image))
        for where in (20 * 4096, 40 * 4096, slice(0, 40 * 4096)):
            with self.assertRaises(xenresumable.Error):
                memory[where]
        for where in (-1, slice(-1, 5), 1 << 64):
            with self.assertRaises(IndexError):
                memory[where]
        for where in (slice(None, 5), slice(5, None), slice(0, 8, 2)):
            with self.assertRaises(ValueError):
                memory[where]
        with self.assertRaises(TypeError):
            memory["a"]
        for read in (list, bytes, lambda all_of_it: 256 in all_of_it):
            with self.assertRaises(TypeError):
                read(memory)
        memory.close()
        memory.close()
        with self.assertRaises(ValueError):
            memory[0]

    def test_no_descriptor_is_left(self):
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            memory = xenresumable.SaveMemory(self.image)
            self.assertEqual(memory[0], 0)
        with self.image.open("rb") as file:
            self.assertEqual(xenresumable.SaveMemory(file.fileno())[4096], 1)
        del memory
        gc.collect()
        self.assertEqual(os.listdir("/proc/self/fd"), before)
        with self.assertRaises(OSError):
            xenresumable.SaveMemory(self.image / "missing")
        with self.assertRaises(xenresumable.Unreadable):
            xenresumable.SaveMemory(__file__)

    def test_several_threads(self):
        memory = xenresumable.SaveMemory(self.image)
        seen = []

        def read(number):
            for _ in range(50):
                seen.append(memory[number * 4096] == number)

        threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, [True] * 400)


class LongCalls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image = pathlib.Path(folder.name) / "web.img"
        self.image.write_bytes(whole(WHOLE))
        self.size = self.image.stat().st_size

    def calls(self, progress):
        """Each long call, with that callback."""
        return (
            lambda: xenresumable.verify_image(self.image,
                                              on_progress=progress),
            lambda: xenresumable.diff_images(self.image, THIN,
                                             on_progress=progress),
            lambda: xenresumable.seal_image(self.image, on_progress=progress))

    def test_progress_tells_beginning_and_end(self):
        for call in self.calls(lambda *seen: told.append(seen)):
            told = []
            call()
            self.assertEqual(told[0], (0, 0))
            self.assertEqual(told[-1][0], told[-1][1])
            self.assertGreater(told[-1][1], 0)

    def test_what_a_callback_raises_stops_the_call_and_comes_out(self):
        class Mine(Exception):
            pass

        def refuse(_done, _total):
            raise Mine

        for call in self.calls(refuse):
            with self.assertRaises(Mine):
                call()
        self.assertEqual(self.image.stat().st_size, self.size)

    def test_a_callback_must_be_a_function(self):
        for call in self.calls("no function"):
            with self.assertRaises(TypeError):
                call()

    def test_others_run_meanwhile(self):
        """With the GIL held, nobody would write what the call waits for."""
        reader, writer = os.pipe()
        results = []
        thread = threading.Thread(target=lambda: results.append(
            xenresumable.verify_image(reader)))
        thread.start()
        with open(writer, "wb") as file:
            file.write(whole(WHOLE))
        thread.join()
        os.close(reader)
        self.assertTrue(results[0]["ok"])

    def test_ctrl_c_ends_a_call_that_waits(self):
        # A shell's background commands begin with SIGINT ignored.
        code = ("import os, signal, xenresumable\n"
                "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
                "begun = lambda *_: os.write(1, b'.')\n"
                "xenresumable.verify_image(os.pipe()[0], on_progress=begun)\n")
        with subprocess.Popen([sys.executable, "-c", code],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as child:
            self.assertEqual(child.stdout.read(1), b".")
            while child.poll() is None:
                child.send_signal(signal.SIGINT)
                try:
                    child.wait(0.05)
                except subprocess.TimeoutExpired:
                    pass
            self.assertIn(b"KeyboardInterrupt", child.stderr.read())

    def test_a_seal_is_set_once(self):
        first = xenresumable.seal_image(self.image)
        self.assertEqual(first["length"], self.size)
        self.assertFalse(first["sealed_before"])
        again = xenresumable.seal_image(self.image)
        self.assertTrue(again["sealed_before"])
        self.assertEqual(again["digest"], first["digest"])
        self.assertEqual(xenresumable.verify_image(self.image)["seal"],
                         "match")
        self.assertEqual(xenresumable.read_image(self.image)["seal"], {
            key: first[key] for key in ("algorithm", "length", "digest")})

    def test_what_is_no_file_is_not_even_opened_to_be_sealed(self):
        fifo = self.image.parent / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            with self.assertRaisesRegex(xenresumable.Error, "regular file"):
                xenresumable.seal_image(fifo)
            poll = select.poll()
            poll.register(reader, select.POLLIN)
            self.assertEqual(poll.poll(0), [])
        finally:
            os.close(reader)

    def test_what_is_not_sound_is_not_sealed(self):
        self.image.write_bytes(whole(WHOLE)[:-100])
        with self.assertRaises(xenresumable.Refused) as caught:
            xenresumable.seal_image(self.image)
        self.assertEqual(caught.exception.reason, "not-sound")
        self.assertEqual(self.image.stat().st_size, self.size - 100)

    def test_differences(self):
        self.assertEqual(xenresumable.diff_images(self.image, WHOLE), {
            "same": True, "config": [], "metadata": [], "vcpus": [],
            "pages": {"changed": 0, "ranges_found": 0, "ranges": []}})
        found = xenresumable.diff_images(self.image, THIN)
        self.assertFalse(found["same"])
        self.assertIn("domain.name",
                      [each["key"] for each in found["metadata"]])

    def test_nothing_leaks(self):
        def round_trip():
            for call in self.calls(lambda *_: None)[:2]:
                call()
            for wrong in (__file__, "/nonexistent"):
                for function in (xenresumable.verify_image,
                                 xenresumable.seal_image,
                                 xenresumable.kernel_notes):
                    try:
                        function(wrong)
                    except (xenresumable.Error, OSError):
                        pass
            xenresumable.read_image(PV)
            xenresumable.kernel_notes(IMAGE)

        def grown():
            gc.collect()
            blocks = sys.getallocatedblocks()
            for _ in range(200):
                round_trip()
            gc.collect()
            return sys.getallocatedblocks() - blocks

        # The interpreter's caches fill up in the first ones, some thousands of
        # blocks; of a leak each has at least as many blocks as rounds.
        descriptors = len(os.listdir("/proc/self/fd"))
        self.assertTrue(any(grown() < 100 for _ in range(40)))
        self.assertEqual(len(os.listdir("/proc/self/fd")), descriptors)


class Threads(unittest.TestCase):
    def test_many_at_once(self):
        results = []

        def read():
            for _ in range(100):
                results.append(xenresumable.kernel_notes(IMAGE))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 400)
        self.assertTrue(all(r["SUSPEND_CANCEL"] == 1 for r in results))


if __name__ == "__main__":
    unittest.main()
