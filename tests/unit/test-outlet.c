/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest stays suspended for as long as nobody reads what is
 * written about it: after Ctrl-S on a terminal, or behind a full pipe.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/outlet.h"

static int ours, kept; /* the reader's end; what was standard error before */

/* Standard error is a pipe of ours. */
static int begin(void **state)
{
    int ends[2];

    (void)state;
    kept = dup(STDERR_FILENO);
    if (pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
        return -1;
    ours = ends[0];
    fcntl(ours, F_SETFL, O_NONBLOCK);
    return close(ends[1]);
}

static int end(void **state)
{
    (void)state;
    outlet_release(STDERR_FILENO);
    dup2(kept, STDERR_FILENO);
    close(kept);
    return close(ours);
}

/* Until poll() says that a write would block. */
static size_t fill(void)
{
    static const char bytes[4096];
    size_t n = 0;

    while (outlet_takes(STDERR_FILENO, 0)) {
        assert_int_equal(write(STDERR_FILENO, bytes, sizeof(bytes)),
                         sizeof(bytes));
        n += sizeof(bytes);
    }
    return n;
}

static size_t drain(char *out, size_t room)
{
    size_t n = 0;
    ssize_t r;

    while (n < room && (r = read(ours, out + n, room - n)) > 0)
        n += (size_t)r;
    return n;
}

static void say(const char *text)
{
    outlet_write(STDERR_FILENO, text, strlen(text));
}

static void one_who_reads_gets_all(void **state)
{
    static char out[1 << 20];

    (void)state;
    outlet_guard(STDERR_FILENO);
    say("one\n");
    say("two\n");
    assert_int_equal(outlet_release(STDERR_FILENO), 0);
    say("three\n");
    assert_int_equal(drain(out, sizeof(out)), 14);
    assert_memory_equal(out, "one\ntwo\nthree\n", 14);
}

static void one_who_does_not_read_is_left_alone(void **state)
{
    static char out[1 << 20];
    size_t full = fill();

    (void)state;
    outlet_guard(STDERR_FILENO);
    say("one\n");
    assert_true(outlet_is_deaf(STDERR_FILENO));
    say("two\n");
    assert_int_equal(drain(out, sizeof(out)), full);
    say("three\n"); /* no order is lost: nothing more until the release */
    assert_int_equal(outlet_release(STDERR_FILENO), 3);
    assert_false(outlet_is_deaf(STDERR_FILENO));
    say("four\n");
    assert_int_equal(drain(out, sizeof(out)), 5);
    assert_memory_equal(out, "four\n", 5);
}

/* poll() promises room for a page, and a text may be longer. */
static void a_text_that_was_cut_is_completed(void **state)
{
    static char text[3 << 20], out[4 << 20];
    size_t n;
    pid_t reader;

    (void)state;
    memset(text, 't', sizeof(text));
    outlet_guard(STDERR_FILENO);
    outlet_write(STDERR_FILENO, text, sizeof(text));
    assert_true(outlet_is_deaf(STDERR_FILENO));
    n = drain(out, sizeof(out));
    assert_in_range(n, 4096, sizeof(text) - 1);
    reader = fork();
    if (!reader) {
        close(STDERR_FILENO);
        fcntl(ours, F_SETFL, 0);
        _exit(drain(out + n, sizeof(out) - n) != sizeof(text) - n);
    }
    assert_int_equal(outlet_release(STDERR_FILENO), 0);
    close(STDERR_FILENO);
    {
        int status;

        assert_int_equal(waitpid(reader, &status, 0), reader);
        assert_int_equal(status, 0);
    }
}

/* In libvirtd, which lives on: it is heard again. */
static void one_who_reads_again_is_heard(void **state)
{
    static char out[1 << 20];
    size_t full = fill();

    (void)state;
    outlet_offer(STDERR_FILENO, "one\n", 4);
    outlet_offer(STDERR_FILENO, "two\n", 4);
    assert_int_equal(drain(out, sizeof(out)), full);
    outlet_offer(STDERR_FILENO, "three\n", 6);
    assert_int_equal(drain(out, sizeof(out)), 6);
    assert_memory_equal(out, "three\n", 6);
}

static void one_who_is_gone_is_not_waited_for(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    dup2(kept, ours);
    outlet_guard(STDERR_FILENO);
    say("one\n");
    say("two\n");
    assert_int_equal(outlet_release(STDERR_FILENO), 2);
}

/* xl 2>&1 | head, in the middle of a save: SIGPIPE would be the end of it. */
static void one_who_is_gone_ends_nobody(void **state)
{
    struct sigaction action;

    (void)state;
    signal(SIGPIPE, SIG_DFL);
    dup2(kept, ours);
    outlet_offer(STDERR_FILENO, "one\n", 4);
    outlet_offer(STDERR_FILENO, "two\n", 4);
    sigaction(SIGPIPE, NULL, &action);
    assert_ptr_equal(action.sa_handler, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_who_reads_gets_all, begin, end),
        cmocka_unit_test_setup_teardown(one_who_does_not_read_is_left_alone,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_text_that_was_cut_is_completed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(one_who_reads_again_is_heard,
                                        begin, end),
        cmocka_unit_test_setup_teardown(one_who_is_gone_is_not_waited_for,
                                        begin, end),
        cmocka_unit_test_setup_teardown(one_who_is_gone_ends_nobody, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
