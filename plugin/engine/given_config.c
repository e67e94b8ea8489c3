/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/given_config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/plugin_files.h"
#include "format/container.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { COMPLAINT_MAX = 160 };

/* All of it, with a NUL; -E2BIG beyond what a configuration can be. */
static int read_text(int fd, char **text_out, size_t *length_out)
{
    CLEANUP_FREE char *text = malloc(CONTAINER_TEXT_MAX + 2);
    ssize_t n;

    if (!text)
        return -ENOMEM;
    n = read_full(fd, text, CONTAINER_TEXT_MAX + 1);
    if (n < 0)
        return (int)n;
    if (n > CONTAINER_TEXT_MAX)
        return -E2BIG;
    text[n] = '\0';
    *length_out = (size_t)n;
    *text_out = STEAL(text);
    return 0;
}

/* A file in memory, for another program. */
static int new_memory(const char *text, size_t n)
{
    int fd = memfd_create("configuration", MFD_CLOEXEC);
    int r = fd < 0 ? -errno : write_full(fd, text, n, NULL);

    if (r && fd >= 0)
        close(fd);
    return r ? r : fd;
}

/* Never returns. */
static void execute_dry_run(const char *xl, int config, int prints, int says)
{
    char path[32];
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    fcntl(config, F_SETFD, 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", config);
    if (dup2(prints, STDOUT_FILENO) >= 0 && dup2(says, STDERR_FILENO) >= 0)
        execl(xl, xl, "create", "--quiet", "--dryrun", path, (char *)NULL);
    _exit(127);
}

/* Its exit status, or -1. */
static int run_dry(const char *xl, int config, int prints, int says)
{
    int status = -1;
    pid_t child = fork();

    if (!child)
        execute_dry_run(xl, config, prints, says);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last line is what it has ended with. */
static int xl_refuses(const char *path, int says, struct xr_error *err)
{
    CLEANUP_FREE char *said = NULL;
    size_t n = 0;
    char *line;

    if (lseek(says, 0, SEEK_SET) || read_text(says, &said, &n))
        n = 0;
    while (n && (unsigned char)said[n - 1] <= ' ')
        said[--n] = '\0';
    line = n ? strrchr(said, '\n') : NULL;
    return error_because(err, XR_REASON_USAGE, EINVAL, "%.80s: xl does not "
                         "take it: %.*s", path, COMPLAINT_MAX,
                         line ? line + 1 : n ? said : "it says nothing");
}

static int ask_xl(const char *path, const char *text, size_t n,
                  char **json_out, struct xr_error *err)
{
    CLEANUP_FREE char *xl = plugin_toolstack_file("xl");
    CLEANUP_CLOSE int config = new_memory(text, n);
    CLEANUP_CLOSE int prints = new_memory("", 0);
    CLEANUP_CLOSE int says = new_memory("", 0);
    size_t length;
    int r;

    if (!xl)
        return error_set(err, ENOENT, "xl is not found");
    if (config < 0 || prints < 0 || says < 0)
        return error_set(err, ENOMEM, "out of memory");
    if (run_dry(xl, config, prints, says))
        return xl_refuses(path, says, err);
    if (lseek(prints, 0, SEEK_SET))
        return error_system(err, errno, "what xl has printed");
    r = read_text(prints, json_out, &length);
    return r ? error_system(err, -r, "what xl has printed") : 0;
}

static char first_character(const char *text)
{
    return text[strspn(text, " \t\r\n")];
}

static int is_other_syntax(const char *path, enum config_syntax wanted,
                           struct xr_error *err)
{
    return error_because(err, XR_REASON_USAGE, EINVAL, "%.120s: this image "
                         "needs a configuration of %s", path,
                         wanted == CONFIG_JSON
                             ? "xl: JSON, or a file for xl create"
                             : "libvirt: XML");
}

int given_config_read(const char *path, enum config_syntax wanted,
                      char **text_out, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    CLEANUP_FREE char *text = NULL;
    size_t n = 0;
    char first;
    int r;

    if (fd < 0)
        return error_system(err, errno, "%.200s", path);
    r = read_text(fd, &text, &n);
    if (r)
        return error_system(err, -r, "%.200s", path);
    first = first_character(text);
    if (strlen(text) < n || (first == '<') != (wanted == CONFIG_XML))
        return is_other_syntax(path, wanted, err);
    if (wanted == CONFIG_JSON && first != '{')
        return ask_xl(path, text, n, text_out, err);
    *text_out = STEAL(text);
    return 0;
}
