/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * made-command VERB --format=jsonl [OPTIONS...] -- NAME [PATH]: stands where
 * xen-resumable would, and behaves as NAME says.  None of it takes time by
 * itself: what waits, waits for a signal.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HELLO "{\"event\":\"hello\",\"version\":\"0.9.1\"}\n"
#define BEGUN "{\"event\":\"stage\",\"stage\":\"suspended\"}\n"

#define OPEN "[[[[[[[[[[[[[[[[[[[["
#define CLOSE "]]]]]]]]]]]]]]]]]]]]"

enum { LINE_MAX_BYTES = 8 << 20 }; /* as the library takes them */
enum { LONG = 16 << 20, LOUD = 1 << 20, CHATTER = 20000, CROWD = 100 };

static void say(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

static void await_stop(void)
{
    sigset_t set;
    int signal;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigwait(&set, &signal);
}

/* As the command does: what had been begun is left. */
static int stopped(void)
{
    await_stop();
    say("{\"event\":\"result\",\"ok\":false,\"error\":{\"code\":\"cancelled\","
        "\"message\":\"stopped by a signal; web goes on\"}}\n");
    return 1;
}

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count - 3; /* ".", "..", and the folder's own */
}

static bool is_default(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action)
           || action.sa_handler == SIG_DFL;
}

static void say_process(sigset_t *mask)
{
    char input[64] = "";
    bool plain = true;
    ssize_t n;
    int i;

    for (i = 1; i < NSIG; i++)
        plain = plain && is_default(i) && !sigismember(mask, i);
    n = readlink("/proc/self/fd/0", input, sizeof(input) - 1);
    printf("\"signals\":%s,\"descriptors\":%u,\"leads\":%s,\"input\":\"%.*s\"",
           plain ? "true" : "false", count_descriptors(),
           getsid(0) == getpid() ? "true" : "false", (int)n, input);
}

/* Everything a run has, and the command line that it got. */
static int run(char **argv, sigset_t *mask)
{
    say(HELLO
        "{\"event\":\"stage\",\"stage\":\"pre-suspend\",\"at\":1.5}\n"
        "\n"
        "{\"event\":\"progress\",\"bytes\":4096,\"total\":8192}\n"
        "{\"event\":\"message\",\"level\":\"warning\","
        "\"text\":\"mind \\\"it\\\"\"}\n"
        "{\"event\":\"message\",\"level\":\"whatever\",\"text\":\"well\"}\n"
        "{\"event\":\"weather\",\"text\":\"of a later version\"}\n"
        "{\"text\":\"no event\"}\n"
        "{\"event\":\"stage\",\"stage\":\"suspended\",\"new\":{\"a\":[1]}}\n"
        "{\"event\":\"progress\",\"bytes\":8192,\"total\":8192}\n");
    say("{\"event\":\"result\",\"ok\":true,\"domain\":\"web\",\"domid\":7,"
        "\"bytes\":8192,\"freeze_us\":1500,"
        "\"live\":true,\"sealed\":false,\"ms\":1.5,\"below\":-1,\"none\":null,"
        "\"huge\":18446744073709551615,\"list\":[{\"kind\":\"phy\"},7],");
    say_process(mask);
    say(",\"arguments\":[");
    for (argv++; *argv; argv++)
        printf("\"%s\"%s", *argv, argv[1] ? "," : "");
    say("]}\n{\"event\":\"stage\",\"stage\":\"too late\"}\nand no JSON\n");
    return 0;
}

/* Two answers: the first one is the domain's. */
static int check_no(void)
{
    say("{\"event\":\"result\",\"ok\":true,\"domains\": [ {"
        "\"target\":\"web\",\"domid\":7,\"resumable\":\"no\","
        "\"reason\":\"[it]}\"} , {\"target\":\"b\"}]}\n");
    return 1;
}

static int check_others(void)
{
    say("{\"event\":\"result\",\"ok\":true,\"domains\":[{\"target\":\"web\","
        "\"domid\":7,\"resumable\":\"yes\",\"reason\":\"it says so\"}]}\n");
    return 0;
}

static int check_nobody(void)
{
    say("{\"event\":\"result\",\"ok\":false,\"domains\":[],"
        "\"error\":{\"code\":\"system\",\"message\":\"no domain web\"}}\n");
    return 2;
}

static int check_empty(void)
{
    say("{\"event\":\"result\",\"ok\":true,\"domains\":[]}\n");
    return 0;
}

static int refuse(void)
{
    say(HELLO "{\"event\":\"result\",\"ok\":false,"
        "\"error\":{\"code\":\"locked\",\"message\":\"a migration\\nhas it\","
        "\"stage\":null,\"domain\":\"web\"}}\n");
    return 1;
}

static int refuse_newly(void)
{
    say("{\"event\":\"result\",\"ok\":false,"
        "\"error\":{\"code\":\"moon-is-full\"}}\n");
    return 1;
}

static int refuse_mutely(void)
{
    say("{\"event\":\"result\"}\n");
    return 1;
}

static int be_slow(void)
{
    say(BEGUN "{\"event\":\"progress\",\"bytes\":1,\"total\":2}\n");
    return stopped();
}

/* It minds no SIGTERM: it was done when that came. */
static int be_stubborn(void)
{
    say(BEGUN);
    await_stop();
    say("{\"event\":\"result\",\"ok\":true,\"stubborn\":true}\n");
    return 0;
}

static int be_killed(void)
{
    say(BEGUN "{\"event\":\"res");
    raise(SIGKILL);
    return 0;
}

/* Before it has a handler, it has nothing to leave either. */
static int begin_to_wait(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    say(BEGUN);
    pause();
    return 0;
}

static int complain(void)
{
    fputs("libxl: error: first\nxen-resumable: no such \033[1mverb\n", stderr);
    return 2;
}

static int be_loud(void)
{
    int i;

    for (i = 0; i < LOUD; i++)
        fputc(i % 100 ? 'x' : '\n', stderr);
    fputs("\nthe last words\n", stderr);
    return 2;
}

/* Of hooks and a toolstack, beside a result. */
static int speak(void)
{
    static char line[LONG];

    memset(line, 'x', sizeof(line));
    say(HELLO BEGUN);
    fputs("a hook says this\r\n\n\r\n  libxl: \033[31merror\377\nlong:",
          stderr);
    fwrite(line, 1, sizeof(line), stderr);
    fputs("\nits last words", stderr);
    say("{\"event\":\"result\",\"ok\":true}\n");
    return 0;
}

/*
 * More than a pipe holds, to one of its outputs, whoever reads it.  The signal
 * comes while it is at that, and tells it to leave the rest.
 */
static int fill(FILE *stream, const char *line)
{
    int i;

    say(BEGUN);
    for (i = 0; i < CHATTER; i++)
        fputs(line, stream);
    fflush(stream);
    return stopped();
}

static int fill_output(void)
{
    return fill(stdout, "{\"event\":\"message\",\"level\":\"info\","
                "\"text\":\"a line\"}\n");
}

static int fill_complaints(void)
{
    return fill(stderr, "a line\n");
}

/* By one write each: whoever reads has them all at once. */
static int crowd(FILE *stream, const char *line)
{
    static char room[16384];
    int i;

    setvbuf(stream, room, _IOFBF, sizeof(room));
    for (i = 0; i < CROWD; i++)
        fputs(line, stream);
    fflush(stream);
    return stopped();
}

static int crowd_output(void)
{
    return crowd(stdout, "{\"event\":\"message\",\"level\":\"info\","
                 "\"text\":\"a line\"}\n");
}

static int crowd_complaints(void)
{
    return crowd(stderr, "a line\n");
}

static int be_long(void)
{
    int i;

    say("{\"event\":\"");
    for (i = 0; i < LONG; i++)
        putchar('x');
    say("\"}\n");
    return stopped();
}

static int chatter(void)
{
    int i;

    for (i = 1; i <= CHATTER; i++)
        printf("{\"event\":\"progress\",\"bytes\":%d,\"total\":%d}\n", i,
               CHATTER);
    say("{\"event\":\"result\",\"ok\":true}"); /* and no newline */
    return 0;
}

static int close_output(void)
{
    say(BEGUN);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    await_stop();
    return 0;
}

/* Whom it leaves behind has its output open. */
static int leave_one(void)
{
    pid_t pid = fork();

    if (!pid) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        pause();
        _exit(0);
    }
    printf("{\"event\":\"result\",\"ok\":true,\"left\":%d}\n", (int)pid);
    return 0;
}

/* One byte at a time: the next one waits until somebody has read this. */
static void trickle(const char *text)
{
    for (; *text; text++) {
        int held = 1;

        if (write(STDOUT_FILENO, text, 1) != 1)
            return;
        while (!ioctl(STDOUT_FILENO, FIONREAD, &held) && held)
            sched_yield();
    }
}

static int be_piecemeal(void)
{
    trickle(HELLO BEGUN "{\"event\":\"message\",\"level\":\"warning\","
            "\"text\":\"w\303\244rme \\u00e4 \\\"\"}\r\n\n"
            "{\"event\":\"result\",\"ok\":true,\"bytes\":12345}\n");
    return 0;
}

/* A line of so many bytes, without its newline; and a result. */
static int say_line(size_t length)
{
    static const char head[] = "{\"event\":\"message\",\"text\":\"";
    static const char end[] = "\"}";
    size_t i;

    say(HELLO);
    fputs(head, stdout);
    for (i = sizeof(head) + sizeof(end) - 2; i < length; i++)
        putchar('x');
    puts(end);
    say("{\"event\":\"result\",\"ok\":true}\n");
    return 0;
}

static int be_longest(void)
{
    return say_line(LINE_MAX_BYTES);
}

static int be_longer(void)
{
    return say_line(LINE_MAX_BYTES + 1);
}

/* "EVENT:STATUS:MEMBERS": "result", or one that nobody knows; a negative
   status is a signal. */
static int say_members(const char *name)
{
    char *members;
    long status = strtol(strchr(name, ':') + 1, &members, 10);

    printf("{\"event\":\"%.*s\"%s}\n", (int)strcspn(name, ":"), name,
           members + 1);
    fflush(stdout);
    if (status < 0) {
        signal(SIGTERM, SIG_DFL);
        raise((int)-status);
    }
    return (int)status;
}

static int say_and_wait(const char *line)
{
    say(line);
    return stopped();
}

static int do_as(const char *name)
{
    static const struct {
        const char *name;
        int (*act)(void);
    } acts[] = {
        { "no", check_no }, { "nobody", check_nobody },
        { "empty", check_empty }, { "locked", refuse },
        { "later", refuse_newly }, { "mute", refuse_mutely },
        { "slow", be_slow }, { "slow-check", be_slow },
        { "stubborn", be_stubborn },
        { "killed", be_killed }, { "early", begin_to_wait },
        { "complains", complain }, { "loud", be_loud }, { "long", be_long },
        { "chatter", chatter }, { "closed", close_output },
        { "leaves", leave_one }, { "speaks", speak },
        { "fills-output", fill_output },
        { "fills-complaints", fill_complaints },
        { "crowds-output", crowd_output },
        { "crowds-complaints", crowd_complaints },
        { "piecemeal", be_piecemeal }, { "longest", be_longest },
        { "longer", be_longer },
    };
    static const char *const lines[][2] = {
        { "garbage", "Saving to web.img \033[31mnew xl format\n" },
        { "array", "[1]\n" },
        { "torn", "{\"event\":\n" },
        { "deep", "{\"event\":" OPEN OPEN OPEN OPEN "1"
                  CLOSE CLOSE CLOSE CLOSE "}\n" },
        { "version", "{\"event\":\"hello\",\"version\":\"1.0.0\"}\n" },
        { "no-version", "{\"event\":\"hello\",\"version\":\"\"}\n" },
    };
    size_t i;

    if (strchr(name, ':'))
        return say_members(name);
    for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (!strcmp(name, acts[i].name))
            return acts[i].act();
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strcmp(name, lines[i][0]))
            return say_and_wait(lines[i][1]);
    return 0;
}

static bool is_for_check(const char *name)
{
    return !strcmp(name, "no") || !strcmp(name, "nobody")
           || !strcmp(name, "empty") || !strcmp(name, "slow-check")
           || !strcmp(name, "early") || strchr(name, ':');
}

int main(int argc, char **argv)
{
    sigset_t mask, waited;
    int i;

    sigemptyset(&waited);
    sigaddset(&waited, SIGTERM);
    sigprocmask(SIG_BLOCK, &waited, &mask);
    for (i = 1; i < argc - 1 && strcmp(argv[i], "--"); i++)
        ;
    if (i >= argc - 1)
        return 2;
    if (!strcmp(argv[1], "check") && !is_for_check(argv[i + 1]))
        return check_others();
    return strcmp(argv[i + 1], "web") ? do_as(argv[i + 1])
                                      : run(argv, &mask);
}
