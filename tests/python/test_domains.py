# SPDX-License-Identifier: LGPL-2.1-or-later
"""If this fails, Python programs cannot checkpoint guests as the command does.

The command is tests/lib/made-command.c, by XR_COMMAND.
"""
import errno
import gc
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

import xenresumable


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


def has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


class Results(unittest.TestCase):
    def test_a_result_is_what_the_command_prints(self):
        result = xenresumable.checkpoint("web", "web.img")
        self.assertEqual(result["domain"], "web")
        self.assertEqual(result["bytes"], 8192)
        self.assertIs(result["live"], True)
        self.assertIs(result["none"], None)
        self.assertEqual(result["list"], [{"kind": "phy"}, 7])
        self.assertNotIn("event", result)

    def test_a_check_is_of_one_domain(self):
        self.assertEqual(xenresumable.check("no"), {
            "target": "web", "domid": 7, "resumable": "no",
            "reason": "[it]}"})

    def test_a_list_is_of_images(self):
        images = xenresumable.list_images(
            'result:2:,"ok":false,"error":{"code":"system"},"images":'
            '[{"file":"a","name":"web"},{"file":"b","error":{}}]',
            pathlib.Path("b"), dir="/srv")
        self.assertEqual([image["file"] for image in images], ["a", "b"])
        with self.assertRaises(xenresumable.Failed):
            xenresumable.list_images('result:0:,"ok":true')

    def test_options_are_the_commands(self):
        result = xenresumable.checkpoint(
            "web", pathlib.Path("a b"), keep=3, seal=True, force=False,
            hook=None, label=["a=1", b"b=\xc3\xa4"], on_unknown="hold",
            max_freeze=250)
        self.assertEqual(result["arguments"], [
            "checkpoint", "--format=jsonl", "--keep=3", "--seal",
            "--label=a=1", "--label=b=\u00e4", "--on-unknown=hold",
            "--max-freeze=250", "--", "web", "a b"])
        self.assertEqual(
            xenresumable.restore("web", paused=True)["arguments"],
            ["restore", "--format=jsonl", "--paused", "--", "web"])
        result = xenresumable.restore(
            "web", disk={"xvda": pathlib.Path("/a=b"), "xvdb": b"/c"},
            bridge=["a=b"], mac={0: "new"}, uuid="new")
        self.assertEqual(result["arguments"][2:], [
            "--disk=xvda=/a=b", "--disk=xvdb=/c", "--bridge=a=b",
            "--mac=0=new", "--uuid=new", "--", "web"])

    def test_a_rollback_may_name_no_image(self):
        self.assertEqual(
            xenresumable.rollback("web", no_safety=True)["arguments"],
            ["rollback", "--format=jsonl", "--no-safety", "--", "web"])
        self.assertEqual(
            xenresumable.rollback("web", pathlib.Path("-"))["arguments"],
            ["rollback", "--format=jsonl", "--", "web", "./-"])
        with self.assertRaises(ValueError):
            xenresumable.rollback("web", "a\0b")

    def test_arguments_have_names_too(self):
        result = xenresumable.checkpoint(path="-", domain="web")
        self.assertEqual(result["arguments"][-2:], ["web", "./-"])

    def test_what_can_be_no_option_is_refused(self):
        for options in ({"format": "text"}, {"progress": True},
                        {"Keep": 3}, {"command": ""}):
            with self.assertRaises(xenresumable.Refused) as caught:
                xenresumable.checkpoint("web", "a", **options)
            self.assertEqual(caught.exception.reason, "usage")
        with self.assertRaises(xenresumable.Refused):
            xenresumable.check("web", all=True)
        for value in (1.5, {"a": 1.5}, {"a": ["b"]}, [["a"]]):
            with self.assertRaises(TypeError):
                xenresumable.checkpoint("web", "a", label=value)
        with self.assertRaises(ValueError):
            xenresumable.checkpoint("w\0b", "a")
        with self.assertRaises(ValueError):
            xenresumable.checkpoint("web", "a", label="a\0b")
        with self.assertRaises(TypeError):
            xenresumable.checkpoint("web", "a", on_event="no function")

    def test_failures_have_classes_and_reasons(self):
        for domain, kind, reason, text in (
                ("locked", xenresumable.Refused, "locked", "a migration"),
                ("later", xenresumable.Failed, "system", "moon-is-full"),
                ("killed", xenresumable.Failed, "system", "signal 9"),
                ("garbage", xenresumable.Failed, "system", "not an event"),
                ("version", xenresumable.Failed, "system", "1.0.0")):
            with self.assertRaisesRegex(kind, text) as caught:
                xenresumable.checkpoint(domain, "a")
            self.assertEqual(caught.exception.reason, reason)
            self.assertIsNone(caught.exception.offset)
        with self.assertRaisesRegex(xenresumable.Unreadable,
                                    "offset 7168") as caught:
            xenresumable.checkpoint(
                'result:1:,"ok":false,"error":{"code":"not-sound",'
                '"message":"the page is damaged","offset":7168}', "a")
        self.assertEqual(caught.exception.offset, 7168)
        with self.assertRaisesRegex(xenresumable.Failed, "/no/such") as caught:
            xenresumable.restore("a", command="/no/such")
        self.assertEqual(caught.exception.code, errno.ENOENT)


class Malformed(unittest.TestCase):
    """Whatever a command prints, it is an exception of the module's."""

    @staticmethod
    def call(verb, status, members):
        name = f"result:{status}:{members}"
        if verb == "check":
            return xenresumable.check(name)
        if verb == "restore":
            return xenresumable.restore(name)
        return xenresumable.checkpoint(name, "a")

    def assert_fails(self, verb, status, members, text=""):
        with self.assertRaisesRegex(xenresumable.Failed, text) as caught:
            self.call(verb, status, members)
        self.assertEqual(caught.exception.reason, "system", members)
        self.assertNotEqual(caught.exception.code, 0, members)

    def test_what_no_reader_can_take_is_a_failure(self):
        many = ',"ok":true,"a":'
        for members in ("", ',"ok":[]', ',"ok":false,"error":1',
                        ',"ok":true,"ok":true', ',"ok":true}{',
                        many + "[" * 64 + "]" * 64,
                        many + "[" * 30000, many + '"\udcff"'):
            for verb in ("check", "checkpoint", "restore"):
                self.assert_fails(verb, 0, members)

    def test_an_answer_is_there_and_of_its_type(self):
        for domains in ("null", "1", "{}", "[]", "[1]", "[null]", '["a"]',
                        "[[]]", "[{}]", '[{"resumable":"yes"}]',
                        '[{"resumable":"yes","reason":1}]',
                        '[{"resumable":1,"reason":"r"}]',
                        '[{"resumable":"yes","reason":"r","a":'
                        + "[" * 40 + "]" * 40 + "}]"):
            self.assert_fails("check", 0, ',"ok":true,"domains":' + domains)

    def test_limits_of_pythons_own_are_failures(self):
        digits = ',"ok":true,"a":' + "1" * 5000
        if hasattr(sys, "get_int_max_str_digits"):
            self.assert_fails("checkpoint", 0, digits, "cannot be read")
        else:
            self.call("checkpoint", 0, digits)

    def test_the_end_goes_with_the_result(self):
        for status in (1, 2, 3, -9, -15):
            self.assert_fails("checkpoint", status, ',"ok":true',
                              "does not say why")
        answer = ',"ok":true,"domains":[{"resumable":"%s","reason":"r"}]'
        self.assertEqual(self.call("check", 3, answer % "unknown"),
                         {"resumable": "unknown", "reason": "r"})
        self.assert_fails("check", 3, answer % "yes", "exit status 3")


class Events(unittest.TestCase):
    def test_stages_progress_and_messages_are_told(self):
        told = []
        xenresumable.checkpoint("web", "a", on_event=told.append)
        self.assertEqual([each for each in told
                          if each["event"] != "progress"], [
            {"event": "stage", "stage": "pre-suspend"},
            {"event": "message", "level": "warning", "text": 'mind "it"'},
            {"event": "message", "level": "info", "text": "well"},
            {"event": "stage", "stage": "suspended"}])
        self.assertEqual(told[0], {"event": "progress", "bytes": 0,
                                   "total": 0})
        self.assertEqual(told[-1], {"event": "progress", "bytes": 8192,
                                    "total": 8192})

    def test_lines_on_standard_error_are_messages(self):
        told = []
        xenresumable.checkpoint("speaks", "a", on_event=told.append)
        said = [each for each in told if each["event"] == "message"]
        self.assertEqual({each["level"] for each in said}, {"info"})
        texts = [each["text"] for each in said]
        self.assertEqual(texts[:2], ["a hook says this",
                                     "  libxl: \\x1b[31merror\\xff"])
        self.assertEqual(texts[2:], ["long:" + 1019 * "x" + "...",
                                     "its last words"])

    def test_what_a_listener_raises_stops_the_command_and_comes_out(self):
        class Mine(Exception):
            pass

        def refuse(event):
            if event.get("stage") == "suspended":
                raise Mine

        for domain in ("slow", "stubborn"):
            with self.assertRaises(Mine) as caught:
                xenresumable.checkpoint(domain, "a", on_event=refuse)
            self.assertIsNone(caught.exception.__context__)

        def refuse_at_once(_event):
            raise Mine

        with self.assertRaises(Mine):
            xenresumable.restore("a", on_event=refuse_at_once,
                                 command="/no/such")

    def test_what_went_wrong_beside_it_is_not_lost(self):
        class Mine(Exception):
            pass

        def refuse(event):
            if event.get("stage") == "suspended":
                raise Mine

        with self.assertRaises(Mine) as caught:
            xenresumable.checkpoint("closed", "a", on_event=refuse)
        self.assertIsInstance(caught.exception.__context__,
                              xenresumable.Failed)

    def test_ctrl_c_stops_the_command(self):
        # A shell's background commands begin with SIGINT ignored.
        code = ("import os, signal, xenresumable\n"
                "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
                "def told(event):\n"
                "    if 'stage' in event: os.write(1, b'.')\n"
                "try:\n"
                "    xenresumable.CALL\n"
                "except KeyboardInterrupt:\n"
                "    os.write(1, b'stopped')\n")
        for call in ("checkpoint('slow', 'a', on_event=told)",
                     "restore('slow', on_event=told)",
                     "check('slow-check', on_event=told)",
                     # It never ends by itself.
                     "check('early', on_event=told)"):
            with subprocess.Popen([sys.executable, "-c",
                                   code.replace("CALL", call)],
                                  stdout=subprocess.PIPE) as child:
                self.assertEqual(child.stdout.read(1), b".")
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.stdout.read(), b"stopped")
            self.assertEqual(child.returncode, 0)

    def test_a_handler_may_raise_without_a_listener(self):
        class Alarm(Exception):
            pass

        def ring(*_):
            raise Alarm

        before = signal.signal(signal.SIGALRM, ring)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        with self.assertRaises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            xenresumable.checkpoint("slow", "a")
        for domain in ("slow-check", "early"):
            with self.assertRaises(Alarm):
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                xenresumable.check(domain)


class Memory(unittest.TestCase):
    def test_nothing_leaks(self):
        def refuse(_event):
            raise KeyError

        def round_trip():
            xenresumable.checkpoint("web", "a", label=["a", "b"],
                                    on_event=str)
            xenresumable.check("no", on_event=str)
            for domain, listener in (("locked", str), ("web", refuse)):
                try:
                    xenresumable.checkpoint(domain, "a", on_event=listener)
                except (KeyError, xenresumable.Error):
                    pass

        def grown():
            gc.collect()
            blocks = sys.getallocatedblocks()
            for _ in range(100):
                round_trip()
            gc.collect()
            return sys.getallocatedblocks() - blocks

        # The interpreter's caches fill up in the first ones; of a leak each
        # has at least as many blocks as rounds.
        self.assertTrue(any(grown() < 50 for _ in range(20)))


class Threads(unittest.TestCase):
    def test_others_run_meanwhile(self):
        """With the GIL held, nobody would stop what the call waits for."""
        begun = threading.Event()
        stop = threading.Event()

        class Stop(Exception):
            pass

        def told(event):
            if "stage" in event:
                begun.set()
            if stop.is_set():
                raise Stop

        def take():
            with self.assertRaises(Stop):
                xenresumable.checkpoint("slow", "a", on_event=told)

        thread = threading.Thread(target=take)
        thread.start()
        begun.wait()
        stop.set()
        thread.join()

    def test_four_guests_at_once_beside_children_of_ones_own(self):
        before = descriptors()
        wrong = []
        over = threading.Event()

        def take(number):
            for each in range(25):
                domain = ("web", "locked", "killed", "garbage")[
                    (number + each) % 4]
                try:
                    xenresumable.checkpoint(domain, "a", on_event=str)
                    ended = "web"
                except xenresumable.Error as error:
                    ended = error.reason
                if ended != {"web": "web", "locked": "locked"}.get(domain,
                                                                  "system"):
                    wrong.append((domain, ended))

        def start_children():
            while not over.is_set():
                done = subprocess.run(["/bin/sh", "-c", "exit 7"], check=False)
                if done.returncode != 7:
                    wrong.append(done.returncode)

        threads = [threading.Thread(target=take, args=[number])
                   for number in range(4)]
        starter = threading.Thread(target=start_children)
        starter.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        starter.join()
        self.assertEqual(wrong, [])
        self.assertEqual(descriptors(), before)
        self.assertFalse(has_children())


if __name__ == "__main__":
    unittest.main()
