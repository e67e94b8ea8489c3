/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The progress bar goes when the program does.  If this fails, Ctrl-C leaves half
 * a bar behind, or a signal that the program takes itself ends it, or one that
 * was ignored does.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "cli/progress.h"
#include "util/outlet.h"

/* What the child does once its bar is on the screen. */
enum ending {
    WAIT,
    END_THEN_WAIT, /* the bar is gone, and the work goes on */
};

static void keep(int number)
{
    (void)number;
    _exit(7);
}

static void child(int out, int number, void (*handler)(int),
                  enum ending ending)
{
    struct progress bar;

    dup2(out, STDERR_FILENO);
    /* Programs in the background of a shell ignore Ctrl-C. */
    signal(number, handler);
    progress_begin(&bar, true);
    bar.started.tv_sec -= 10; /* it has taken long enough for a bar */
    progress_show(&bar, 1, 4);
    if (ending == END_THEN_WAIT)
        progress_end(&bar);
    outlet_write(STDERR_FILENO, "!", 1);
    for (;;)
        pause();
}

/* Reads up to a mark, or to the end. */
static void read_up_to(int fd, char mark, char *text, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && read(fd, text + n, 1) == 1)
        if (text[n++] == mark)
            break;
    text[n] = '\0';
}

/* Shows a bar, sends the signal, and returns how the child has ended. */
static int interrupt(int number, void (*handler)(int), enum ending ending,
                     char *before, char *after, size_t size)
{
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        close(ends[0]);
        child(ends[1], number, handler, ending);
    }
    close(ends[1]);
    read_up_to(ends[0], '!', before, size);
    kill(pid, number);
    if (handler == SIG_IGN)
        kill(pid, SIGKILL);
    read_up_to(ends[0], '\0', after, size);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_cleared(const char *text)
{
    return text[0] == '\r' && strspn(text + 1, " ") >= 75
           && !strcmp(text + 1 + strspn(text + 1, " "), "\r");
}

static void a_signal_clears_the_bar(void **state)
{
    static const int numbers[] = { SIGINT, SIGHUP, SIGQUIT, SIGTERM };
    char before[256], after[256];
    size_t i;
    int status;

    (void)state;
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        status = interrupt(numbers[i], SIG_DFL, WAIT, before, after,
                           sizeof(before));
        assert_non_null(strstr(before, "[########## "));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]);
        assert_true(is_cleared(after));
    }
}

static void a_signal_that_is_taken_stays_so(void **state)
{
    char before[256], after[256];
    int status = interrupt(SIGTERM, keep, WAIT, before, after, sizeof(before));

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_string_equal(after, "");
}

static void a_signal_that_is_ignored_stays_so(void **state)
{
    char before[256], after[256];
    int status = interrupt(SIGHUP, SIG_IGN, WAIT, before, after,
                           sizeof(before));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_string_equal(after, "");
}

static void a_bar_that_is_gone_is_not_cleared_again(void **state)
{
    char before[256], after[256];
    int status = interrupt(SIGINT, SIG_DFL, END_THEN_WAIT, before, after,
                           sizeof(before));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(after, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_clears_the_bar),
        cmocka_unit_test(a_signal_that_is_taken_stays_so),
        cmocka_unit_test(a_signal_that_is_ignored_stays_so),
        cmocka_unit_test(a_bar_that_is_gone_is_not_cleared_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
