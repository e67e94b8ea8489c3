/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/handover.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/path.h"

enum {
    PATH_ROOM = 4096,
    FRONT_MAX = 4, /* env, two variables, the program */
};

static int own_path(char path[PATH_ROOM])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_ROOM - 1);

    if (n < 0)
        return -errno;
    path[n] = '\0';
    return 0;
}

/* The last is left out if it is the "--" before the COMMAND. */
static int without_dashes(int count, char *const options[])
{
    return count > 1 && !strcmp(options[count - 1], "--") ? count - 1 : count;
}

int handover_offer(int count, char *const options[])
{
    CLEANUP_BUFFER struct buffer words = { 0 };
    char path[PATH_ROOM];
    int i, r = own_path(path);

    if (r)
        return r;
    buffer_puts(&words, path);
    for (i = 0; i < without_dashes(count, options); i++) {
        buffer_puts(&words, "\n");
        buffer_puts(&words, options[i]);
    }
    if (buffer_failed(&words))
        return -ENOMEM;
    return setenv("XR_EXEC", words.data, 1) ? -errno : 0;
}

int handover_withdraw(void)
{
    return unsetenv("XR_EXEC") ? -errno : 0;
}

/* Programs that become, or start, the command that their arguments end with. */
struct starter {
    const char *name;
    const char *valued;   /* short options whose value may be the next word */
    const char *long_valued; /* long ones, between blanks */
    int operands;         /* words before the command */
    bool assignments;     /* NAME=value, before it */
};

static const struct starter starters[] = {
    { "chrt", "TPD", " sched-runtime sched-period sched-deadline ", 1, false },
    { "env", "uC", " unset chdir ", 0, true },
    { "ionice", "cn", " class classdata ", 0, false },
    { "nice", "n", " adjustment ", 0, false },
    { "nohup", "", "", 0, false },
    { "numactl", "iPpNmCc", " interleave preferred cpunodebind membind "
      "physcpubind ", 0, false },
    { "setsid", "", "", 0, false },
    { "stdbuf", "ioe", " input output error ", 0, false },
    { "taskset", "", "", 1, false },
    { "time", "fo", " format output ", 0, false },
    { "timeout", "ks", " kill-after signal ", 1, false },
};

static const struct starter *find_starter(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
        if (path_names(word, starters[i].name))
            return &starters[i];
    return NULL;
}

/* How many words an option of it is, with its value. */
static int option_words(const struct starter *starter, const char *word)
{
    const char *found;
    size_t n = strlen(word + 2);

    if (word[1] == '-') {
        found = n ? strstr(starter->long_valued, word + 2) : NULL;
        return found && found > starter->long_valued && found[-1] == ' '
               && found[n] == ' ' ? 2 : 1;
    }
    for (word++; *word; word++)
        if (strchr(starter->valued, *word))
            return word[1] ? 1 : 2;
    return 1;
}

/* NAME=value, which sudo and env put into the environment. */
static bool is_assignment(const char *word)
{
    return *word != '/' && *word != '=' && strchr(word, '=');
}

/* Index of the command of the starter at i; argc or more: there is none. */
static int find_started_command(int argc, char **argv, int i)
{
    const struct starter *starter = find_starter(argv[i]);

    if (!starter)
        return argc;
    for (i++; i < argc && argv[i][0] == '-' && argv[i][1];) {
        if (!strcmp(argv[i], "--")) {
            i++;
            break;
        }
        i += option_words(starter, argv[i]);
    }
    while (starter->assignments && i < argc && is_assignment(argv[i]))
        i++;
    return i + starter->operands;
}

/* Index of sudo, if that is what is started in the end; argc: it is not. */
static int find_sudo(int argc, char **argv)
{
    int i = 0;

    while (i < argc && !path_names(argv[i], "sudo"))
        i = find_started_command(argc, argv, i);
    return i < argc ? i : argc;
}

/* How many words a long option of sudo's is; 0: it runs no command. */
static int long_option(const char *word)
{
    static const char *const with_value[] = {
        "auth-type", "chdir", "chroot", "close-from", "command-timeout",
        "group", "host", "login-class", "other-user", "prompt", "role",
        "type", "user",
    };
    static const char *const alone[] = {
        "edit", "help", "list", "remove-timestamp", "validate", "version",
    };
    size_t i;

    for (i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
        if (!strcmp(word, with_value[i]))
            return 2;
    for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        if (!strcmp(word, alone[i]))
            return 0;
    return 1;
}

/* The same of a word of short ones. */
static int short_options(const char *word)
{
    for (; *word; word++) {
        if (strchr("elvKV", *word))
            return 0;
        if (strchr("CDRTUacghprtu", *word))
            return word[1] ? 1 : 2;
    }
    return 1;
}

/* Index of the command that sudo runs; argc: none. */
static int find_sudo_command(int argc, char **argv, int sudo)
{
    bool options = true;
    int i = sudo + 1, n;

    while (i < argc) {
        const char *word = argv[i];

        if (options && !strcmp(word, "--")) {
            options = false;
            i++;
        } else if (options && word[0] == '-' && word[1]) {
            n = word[1] == '-' ? long_option(word + 2)
                               : short_options(word + 1);
            if (!n)
                return argc;
            i += n;
        } else if (is_assignment(word)) {
            i++;
        } else {
            return i;
        }
    }
    return argc;
}

/* "NAME=value" of the own environment; of a tree that is not installed. */
static int put_variable(const char *name, char **word)
{
    const char *value = getenv(name);

    if (!value)
        return 0;
    return asprintf(word, "%s=%s", name, value) < 0 ? -ENOMEM : 1;
}

/*
 * What stands between sudo and the command.  These few words live as long as
 * the process, which becomes sudo.
 */
static int front_words(char *words[FRONT_MAX])
{
    static const char *const variables[] = { "XR_PRELOAD", "XR_CORE" };
    char path[PATH_ROOM];
    int n = 1, i, r = own_path(path);

    for (i = 0; !r && i < 2; i++) {
        r = put_variable(variables[i], &words[n]);
        if (r > 0) {
            n++;
            r = 0;
        }
    }
    if (r)
        return r;
    words[0] = (char *)"env";
    words[n] = strdup(path);
    if (!words[n])
        return -ENOMEM;
    if (n > 1)
        return n + 1;
    words[0] = words[1];
    return 1;
}

int handover_behind_sudo(int argc, char **argv, int count,
                         char *const options[], char ***out)
{
    int sudo = find_sudo(argc, argv), command, n;
    char *before[FRONT_MAX], **all;

    *out = argv;
    command = sudo < argc ? find_sudo_command(argc, argv, sudo) : argc;
    if (command >= argc || path_names(argv[command], "xen-resumable"))
        return 0;
    n = front_words(before);
    if (n < 0)
        return n;
    count = without_dashes(count, options);
    all = calloc((size_t)(argc + n + count + 2), sizeof(*all));
    if (!all)
        return -ENOMEM;
    *out = all;
    memcpy(all, argv, (size_t)command * sizeof(*all));
    all += command;
    memcpy(all, before, (size_t)n * sizeof(*all));
    all += n;
    memcpy(all, options, (size_t)count * sizeof(*all));
    all += count;
    *all++ = (char *)"--";
    memcpy(all, argv + command, (size_t)(argc - command) * sizeof(*all));
    return 0;
}
