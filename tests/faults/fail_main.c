/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded: arms fail_nth.c when main begins, in the program FAIL_IN only,
 * by FAIL_WHAT and FAIL_NTH.  FAIL_LOG is a file that gets the place of the
 * failure; without a line in it there was none.  What the program prints goes
 * through write, too: libc's own streams call theirs where nobody can stand.
 */
#include "config.h"

#include "fail_nth.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef int program(int argc, char **argv, char **environment);
typedef int starter(program *main, int argc, char **argv, void (*init)(void),
                    void (*fini)(void), void (*rtld_fini)(void),
                    void *stack_end);

static program *real_main;
static long log_fd = -1;

/* dladdr takes no memory; snprintf of %s and %lx takes none either. */
static void tell(const void *caller)
{
    char line[512];
    Dl_info info;
    int n;

    if (!dladdr(caller, &info) || !info.dli_fname)
        return;
    n = snprintf(line, sizeof(line), "%s+0x%lx %s\n", info.dli_fname,
                 (unsigned long)((const char *)caller
                                 - (const char *)info.dli_fbase),
                 info.dli_sname ? info.dli_sname : "?");
    syscall(SYS_write, log_fd, line, n);
}

static ssize_t print(void *data, const char *bytes, size_t n)
{
    size_t done = 0;
    ssize_t got;

    (void)data;
    while (done < n) {
        got = write(STDOUT_FILENO, bytes + done, n - done);
        if (got < 0)
            return done ? (ssize_t)done : got;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static bool is_wanted(void)
{
    const char *wanted = getenv("FAIL_IN");

    return wanted && !strcmp(wanted, program_invocation_short_name)
           && getenv("FAIL_WHAT") && getenv("FAIL_NTH")
           && getenv("FAIL_LOG");
}

static int armed_main(int argc, char **argv, char **environment)
{
    const cookie_io_functions_t functions = { .write = print };
    FILE *out;

    if (!is_wanted())
        return real_main(argc, argv, environment);
    log_fd = syscall(SYS_openat, AT_FDCWD, getenv("FAIL_LOG"),
                     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    out = fopencookie(NULL, "w", functions);
    if (log_fd < 0 || !out)
        return 99;
    stdout = out;
    fail_tell = tell;
    if (!fail_arm(getenv("FAIL_WHAT"), atol(getenv("FAIL_NTH"))))
        return 99;
    return real_main(argc, argv, environment);
}

EXPORT starter __libc_start_main;
EXPORT int __libc_start_main(program *main, int argc, char **argv,
                             void (*init)(void), void (*fini)(void),
                             void (*rtld_fini)(void), void *stack_end)
{
    starter *real;

    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return real(armed_main, argc, argv, init, fini, rtld_fini, stack_end);
}
