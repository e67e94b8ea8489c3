# SPDX-License-Identifier: LGPL-2.1-or-later
#
# json_page.py KEYS RUNS LAB: holds what the command has printed against
# xen-resumable-json(5).
#
# KEYS: what tests/cli/json-keys.sh prints.  RUNS: a line for each invocation,
# between tabs: VERB FORMAT STATUS FILE LINE.  LAB: lines "VERB KEY", which the
# lab sees.  One line for each fault on standard output.
import json
import sys

EVENTS = {
    "hello": {"event", "version"},
    "stage": {"event", "stage", "at"},
    "progress": {"event", "bytes", "total"},
    "message": {"event", "level", "text"},
}
TYPES = {str: "string", bool: "boolean", type(None): "null", int: "number",
         dict: "object", list: "array"}
MORE_MEMBERS = ".*"


class Fault(Exception):
    pass


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Fault("a key comes twice in %s" % names)
    return dict(pairs)


def refuse(text):
    raise Fault("%s is no integer" % text)


def parse(text):
    return json.loads(text, object_pairs_hook=no_duplicates,
                      parse_float=refuse, parse_constant=refuse)


class Page:
    def __init__(self, path):
        self.types = {}
        for line in open(path, encoding="utf-8"):
            verb, key, types = line.rstrip("\n").split(" ", 2)
            if (verb, key) in self.types:
                raise Fault("%s: %s is documented twice" % (verb, key))
            self.types[verb, key] = types.split(" or ")
        self.seen = set()

    def find(self, verb, key):
        """What documents that key of the verb."""
        parent = key.rpartition(".")[0]
        for name in (key, parent + MORE_MEMBERS):
            for whose in (verb, "all"):
                if (whose, name) in self.types:
                    return whose, name
        raise Fault("%s is not documented" % key)

    def walk(self, verb, key, value):
        found = self.find(verb, key)
        self.seen.add(found)
        types = self.types[found]
        if types == ["any"]:
            return
        if TYPES[type(value)] not in types:
            raise Fault("%s is %r, not %s" % (key, value, types))
        if isinstance(value, int) and not 0 <= value < 1 << 64:
            raise Fault("%s is %d" % (key, value))
        self.walk_into(verb, key, value)

    def walk_into(self, verb, key, value):
        if isinstance(value, list):
            for element in value:
                if isinstance(element, dict):
                    self.walk_into(verb, key + "[]", element)
                else:
                    self.walk(verb, key + "[]", element)
        elif isinstance(value, dict):
            open_ended = (verb, key + MORE_MEMBERS) in self.types
            for name, member in value.items():
                if open_ended:
                    self.take_member(verb, key + MORE_MEMBERS, member)
                else:
                    self.walk(verb, (key + "." if key else "") + name, member)

    def take_member(self, verb, key, member):
        self.seen.add((verb, key))
        if self.types[verb, key] == ["any"]:
            return
        if TYPES[type(member)] not in self.types[verb, key]:
            raise Fault("%s is %r" % (key, member))

    def take_event(self, line):
        event = parse(line)
        if set(event) != EVENTS.get(event["event"]):
            raise Fault("what event is %s?" % line)
        self.walk_into("events", "", event)
        return event["event"]

    def take_result(self, verb, result, status):
        if result["ok"] == ("error" in result):
            raise Fault("ok and error contradict each other")
        if not result["ok"] and status == 0:
            raise Fault("the exit status is 0, and it is not ok")
        self.walk_into(verb, "", result)


def take_lines(page, text):
    """The result of a jsonl."""
    if not text.endswith("\n"):
        raise Fault("the last line is cut off")
    lines = text[:-1].split("\n")
    for number, line in enumerate(lines[:-1]):
        if (page.take_event(line) == "hello") != (number == 0):
            raise Fault("hello is not the first line, and only that")
    result = parse(lines[-1])
    if result.pop("event", None) != "result":
        raise Fault("the last line is no result")
    page.seen.add(("events", "event"))
    return result


def take(page, verb, form, status, path):
    text = open(path, "rb").read().decode("utf-8", "strict")
    if any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text):
        raise Fault("it steers a terminal")
    result = take_lines(page, text) if form == "jsonl" else parse(text)
    page.take_result(verb, result, int(status))
    return result


def main():
    page = Page(sys.argv[1])
    results = {}
    for run in open(sys.argv[2], encoding="utf-8"):
        verb, form, status, path, line = run.rstrip("\n").split("\t")
        try:
            result = take(page, verb, form, status, path)
            if results.setdefault(line, result) != result:
                raise Fault("json and jsonl have different results")
        except (Fault, ValueError) as fault:
            print("%s --format=%s: %s" % (line, form, fault))
    for line in open(sys.argv[3], encoding="utf-8"):
        try:
            page.seen.add(page.find(*line.split()))
        except Fault as fault:
            print("the lab: %s" % fault)
    for verb, key in sorted(set(page.types) - page.seen):
        print("%s: %s is documented, and nobody has seen it" % (verb, key))


main()
