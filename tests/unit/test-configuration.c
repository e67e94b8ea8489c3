/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a slip in xen-resumable.conf silently changes what becomes
 * of guests, takes good lines with it, or brings a toolstack down.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "util/buffer.h"
#include "xen/configuration.h"

/* libxlutil's parser loses an unfinished list when it comes to a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libxlutil";
}

/* Every problem, a line each. */
static struct buffer said;

static void on_problem(const char *problem, void *data)
{
    assert_ptr_equal(data, &said);
    buffer_puts(&said, problem);
    buffer_puts(&said, "\n");
}

static const char *problems(void)
{
    return said.data ? said.data : "";
}

static void parse_bytes(const char *text, size_t n, struct config *out)
{
    buffer_free(&said);
    said = (struct buffer){ 0 };
    config_parse("conf", text, n, on_problem, &said, out);
}

static void parse(const char *text, struct config *out)
{
    parse_bytes(text, strlen(text), out);
}

static void is_default(const struct config *c)
{
    assert_int_equal(c->policies.on_not_resumable, POLICY_REFUSE);
    assert_int_equal(c->policies.on_unknown, POLICY_PROCEED);
    assert_int_equal(c->overrides.count, 0);
    assert_true(c->record);
    assert_int_equal(c->live, LIVE_CHECKPOINTS);
    assert_int_equal(c->layout, CONFIG_FLAT);
    assert_int_equal(c->disks, DISKS_AUTO);
    assert_null(c->lvm_snapshot_size);
    assert_null(c->hook_dir);
    assert_null(c->checkpoint_dir);
    assert_int_equal(c->hook_timeout, 10);
    assert_int_equal(c->watch, WATCH_SECONDS);
    assert_int_equal(c->lock_timeout, LOCK_SECONDS);
    assert_int_equal(c->verbose, VERBOSITY_HOLDS);
}

static void nothing_set(void **state)
{
    static const char *const empty[] = {
        "", "\n", "# record = 0", " \t\r\n;;\n#\n", "#\n\n#;",
    };
    struct config c;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(empty); i++) {
        parse(empty[i], &c);
        assert_string_equal(problems(), "");
        is_default(&c);
        config_free(&c);
    }
}

static void everything_set(void **state)
{
    struct config c;

    (void)state;
    parse("on_not_resumable = \"hold\"\r\n"
          "on_unknown='refuse' ; record=0 # no record\n"
          "  live = \"never\"\n"
          "layout = \"stream\"\n"
          "disks = \"require\"; lvm_snapshot_size = \"20%\"\n"
          "hook_dir = \"/srv/#hooks;\"\n"
          "checkpoint_dir = '/srv/a'\n"
          "checkpoint_dir = \"/srv/b c\"\n"
          "hook_timeout = 0x20\n"
          "resumable = [ 'a=no', # b=yes ]\n"
          "  \"x = [=yes\",\n\n]\n"
          "watch = \"0\"\n"
          "lock_timeout = 33\n"
          "verbose = 2", &c);
    assert_string_equal(problems(), "");
    assert_int_equal(c.policies.on_not_resumable, POLICY_HOLD);
    assert_int_equal(c.policies.on_unknown, POLICY_REFUSE);
    assert_int_equal(c.overrides.count, 2);
    assert_false(c.record);
    assert_int_equal(c.live, LIVE_NEVER);
    assert_int_equal(c.layout, CONFIG_STREAM);
    assert_int_equal(c.disks, DISKS_REQUIRE);
    assert_string_equal(c.lvm_snapshot_size, "20%");
    assert_string_equal(c.hook_dir, "/srv/#hooks;");
    assert_string_equal(c.checkpoint_dir, "/srv/b c");
    assert_int_equal(c.hook_timeout, 32);
    assert_int_equal(c.watch, 0);
    assert_int_equal(c.lock_timeout, 33);
    assert_int_equal(c.verbose, VERBOSITY_DEBUG);
    config_free(&c);
}

/* Each between two good lines, which apply all the same. */
static const struct {
    const char *line;
    const char *problem; /* how it begins */
} bad[] = {
    { "on_not_resumable = \"proceed\"", "conf:2: on_not_resumable: \"refuse" },
    { "on_not_resumable = hold", "conf:2: on_not_resumable: \"refuse" },
    { "on_not_resumable = [ \"hold\" ]", "conf:2: on_not_resumable: " },
    { "on_unknown = \"\"", "conf:2: on_unknown: \"proceed" },
    { "on_unknown = \"hold", "conf:2: on_unknown: \"proceed" },
    { "on_unknown = \"hold\" \"hold\"", "conf:2: on_unknown: \"proceed" },
    { "record = 2", "conf:2: record: 1 or 0" },
    { "record = -1", "conf:2: record: 1 or 0" },
    { "record = off", "conf:2: record: 1 or 0" },
    { "record =", "conf:2: record: 1 or 0" },
    { "record = 1x", "conf:2: record: 1 or 0" },
    { "record = 99999999999999999999", "conf:2: record: 1 or 0" },
    { "live = \"now\"", "conf:2: live: \"checkpoints" },
    { "layout = \"\"", "conf:2: layout: \"flat" },
    { "disks = \"all\"", "conf:2: disks: \"auto" },
    { "disks = 1", "conf:2: disks: \"auto" },
    { "lvm_snapshot_size = 5", "conf:2: lvm_snapshot_size: a size" },
    { "lvm_snapshot_size = \"0G\"", "conf:2: lvm_snapshot_size: a size" },
    { "lvm_snapshot_size = \"5G x\"", "conf:2: lvm_snapshot_size: a size" },
    { "lvm_snapshot_size = \"-5G\"", "conf:2: lvm_snapshot_size: a size" },
    { "layout = flat", "conf:2: layout: \"flat" },
    { "checkpoint_dir = \"a\"", "conf:2: checkpoint_dir: an absolute" },
        { "hook_dir = \"hooks\"", "conf:2: hook_dir: an absolute" },
    { "hook_timeout = 0", "conf:2: hook_timeout: 1 to" },
    { "hook_timeout = 3601", "conf:2: hook_timeout: 1 to" },
    { "watch = 3601", "conf:2: watch: 0 to" },
    { "lock_timeout = -1", "conf:2: lock_timeout: 0 to" },
    { "verbose = 3", "conf:2: verbose: 0, 1" },
    { "Verbose = 1", "conf:2: KEY = VALUE" },
    { "verbos = 1", "conf:2: unknown setting verbos" },
    { "verbose", "conf:2: KEY = VALUE" },
    { "= 1", "conf:2: KEY = VALUE" },
    { "]", "conf:2: KEY = VALUE" },
    { "\"", "conf:2: KEY = VALUE" },
    { "\xff\xfe\x1b[2J", "conf:2: KEY = VALUE" },
    { "resumable = \"a=no\"", "conf:2: resumable: a list" },
    { "resumable = [ 5 ]", "conf:2: resumable: \"PATTERN=yes" },
    { "resumable = [\n\"a=no\",\n\"a\" ]", "conf:4: resumable: \"PATTERN" },
    { "resumable = [\n\"a=no\"\n\"b=no\" ]", "conf:4: resumable: a list" },
    { "resumable = [ \"a=no\", [ \"b=no\" ] ]", "conf:2: resumable: a list" },
    { "resumable = [\n\"a=no\",", "conf:" },
};

static void bad_lines(void **state)
{
    char text[400];
    struct config c;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "on_unknown = \"refuse\"\n%s\nwatch = 9",
                 bad[i].line);
        parse(text, &c);
        if (strncmp(problems(), bad[i].problem, strlen(bad[i].problem))
            || strchr(problems(), '\n') != strrchr(problems(), '\n'))
            fail_msg("%s: %s", bad[i].line, problems());
        if (c.policies.on_unknown != POLICY_REFUSE || c.watch != 9)
            fail_msg("%s: the rest does not apply", bad[i].line);
        assert_int_equal(c.policies.on_not_resumable, POLICY_REFUSE);
        assert_true(c.record);
        config_free(&c);
    }
}

static enum verdict_answer asked(const struct config *c, const char *name,
                                 const char **line)
{
    const struct override_subject subject = { .name = name };
    struct verdict_input input = { 0 };

    overrides_apply(&c->overrides, &subject, &input);
    *line = input.override_line;
    return input.override;
}

static void lines_of_overrides(void **state)
{
    const char *line;
    struct config c;

    (void)state;
    parse("resumable = [ \"gone=no\" ]\n"
          "resumable = [\n"
          "  # who is on call knows why\n"
          "  \"a=no\", \"b=yes\",\n"
          "  \"c\",\n"
          "  \"d=no\" ]\n"
          "resumable += [ \"e=no\" ]\n", &c);
    assert_int_equal(asked(&c, "gone", &line), VERDICT_UNKNOWN);
    assert_int_equal(asked(&c, "a", &line), VERDICT_NO);
    assert_string_equal(line, "conf:4: a=no");
    assert_int_equal(asked(&c, "b", &line), VERDICT_YES);
    assert_string_equal(line, "conf:4: b=yes");
    assert_int_equal(asked(&c, "d", &line), VERDICT_NO);
    assert_string_equal(line, "conf:6: d=no");
    assert_int_equal(asked(&c, "e", &line), VERDICT_NO);
    assert_string_equal(line, "conf:7: e=no");
    assert_int_equal(strncmp(problems(), "conf:5: ", 8), 0);
    config_free(&c);
}

/* Shapes that a lexer, a parser's stack or a log may not survive. */
static void hostile_text(void **state)
{
    static const char *const units[] = {
        "[", "]", "\"", "'", "a=[", "resumable=[", "x\n", "a=\"\"\n", ";",
        "\\", "record=1\n", "resumable += [ \"a=no\" ]\n", "+=", "\x80",
        "resumable=[[",
    };
    char *text = malloc(CONFIG_SIZE_MAX);
    struct config c;
    size_t i, n, length;

    (void)state;
    assert_non_null(text);
    for (i = 0; i < COUNT(units); i++) {
        length = strlen(units[i]);
        for (n = 0; n + length <= CONFIG_SIZE_MAX / 16; n += length)
            memcpy(text + n, units[i], length);
        parse_bytes(text, n, &c);
        config_free(&c);
    }
    n = 0;
    memcpy(text, "record = ", 9);
    memset(text + 9, '\0', CONFIG_SIZE_MAX - 9);
    parse_bytes(text, CONFIG_SIZE_MAX, &c);
    assert_string_equal(problems(), "conf:1: record: 1 or 0 is expected\n");
    config_free(&c);
    memset(text + 9, '1', CONFIG_SIZE_MAX - 9);
    parse_bytes(text, CONFIG_SIZE_MAX, &c);
    assert_string_equal(problems(), "conf:1: record: 1 or 0 is expected\n");
    config_free(&c);
    free(text);
}

static void many_problems_end(void **state)
{
    char text[4 * 100 + 1] = "";
    unsigned int lines = 0;
    const char *at;
    struct config c;
    int i;

    (void)state;
    for (i = 0; i < 100; i++)
        strcat(text, "x=1\n");
    parse(text, &c);
    for (at = problems(); (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, CONFIG_PROBLEMS_MAX);
    assert_non_null(strstr(problems(), "conf:20: unknown setting x"));
    assert_non_null(strstr(problems(), "(more is not listed)"));
    config_free(&c);
}

static void read_path(const char *path, struct config *out)
{
    buffer_free(&said);
    said = (struct buffer){ 0 };
    config_read(path, on_problem, &said, out);
}

/* What may stand in the file's place; none of it may hang or be believed. */
static void odd_files(void **state)
{
    char folder[] = "/tmp/test-configuration.XXXXXX";
    char path[64];
    struct config c;
    int fd;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/conf", folder);
    read_path(path, &c);
    assert_string_equal(problems(), "");
    is_default(&c);
    config_free(&c);

    read_path(folder, &c);
    assert_non_null(strstr(problems(), "not a regular file"));
    is_default(&c);
    config_free(&c);

    assert_int_equal(mkfifo(path, 0600), 0);
    read_path(path, &c);
    assert_non_null(strstr(problems(), "not a regular file"));
    is_default(&c);
    config_free(&c);
    unlink(path);

    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "watch = 9\n", 10), 10);
    read_path(path, &c);
    assert_string_equal(problems(), "");
    assert_int_equal(c.watch, 9);
    config_free(&c);
    assert_int_equal(ftruncate(fd, 1L << 40), 0);
    close(fd);
    read_path(path, &c);
    assert_non_null(strstr(problems(), "larger than"));
    is_default(&c);
    config_free(&c);
    chmod(path, 0);
    if (access(path, R_OK)) {
        read_path(path, &c);
        assert_non_null(strstr(problems(), strerror(EACCES)));
        is_default(&c);
        config_free(&c);
    }
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set),
        cmocka_unit_test(everything_set),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(lines_of_overrides),
        cmocka_unit_test(hostile_text),
        cmocka_unit_test(many_problems_end),
        cmocka_unit_test(odd_files),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buffer_free(&said);
    return failed;
}
