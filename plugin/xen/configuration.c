/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file itself; what it says is configuration_parse.c's business.
 */
#include "config.h"

#include "xen/configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

const char *config_path(void)
{
    const char *named = secure_getenv("XR_CONFIG");

    return named && *named ? named : XEN_CONFIG_DIR "/xen-resumable.conf";
}

/* A FIFO or a device in its place must not stop a toolstack. */
static int check_config_file(int fd, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_errno(err, errno);
    if (!S_ISREG(st.st_mode))
        return error_set(err, EINVAL, "not a regular file");
    if (st.st_size > CONFIG_SIZE_MAX)
        return error_set(err, EFBIG, "larger than %d bytes",
                         CONFIG_SIZE_MAX);
    return 0;
}

/* *text_out is NULL if there is no file. */
static int read_file(const char *path, char **text_out, size_t *n_out,
                     struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                | O_NOCTTY);
    CLEANUP_FREE char *text = NULL;
    ssize_t n;
    int r;

    *text_out = NULL;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return error_errno(err, errno);
    r = check_config_file(fd, err);
    if (r)
        return r;
    text = malloc(CONFIG_SIZE_MAX);
    if (!text)
        return error_set(err, ENOMEM, "out of memory");
    n = read_full(fd, text, CONFIG_SIZE_MAX);
    if (n < 0)
        return error_errno(err, (int)-n);
    *text_out = STEAL(text);
    *n_out = (size_t)n;
    return 0;
}

void config_read(const char *path, config_report *report, void *data,
                 struct config *out)
{
    CLEANUP_BUFFER struct buffer problem = { 0 };
    CLEANUP_FREE char *text = NULL;
    struct xr_error err;
    size_t n = 0;

    if (read_file(path, &text, &n, &err)) {
        buffer_printf(&problem, "%s: %s; the defaults apply", path,
                      err.message);
        if (problem.data)
            report(problem.data, data);
    }
    config_parse(path, text ? text : "", n, report, data, out);
}

/* expected: the words that the variable may have. */
static void overrule_policy(const char *variable, const char *expected,
                            enum policy *policy, config_report *report,
                            void *data)
{
    CLEANUP_BUFFER struct buffer problem = { 0 };
    const char *word = secure_getenv(variable);
    bool may_proceed = !strcmp(expected, POLICIES_UNKNOWN);
    enum policy wanted;

    if (word && policy_from_name(word, &wanted)
        && (may_proceed || wanted != POLICY_PROCEED)) {
        *policy = wanted;
        return;
    }
    if (!word)
        return;
    buffer_printf(&problem, "%s: \"%s\" is not a policy: %s is expected; "
                  "\"%s\" applies", variable, word, expected,
                  policy_name(*policy));
    if (problem.data)
        report(problem.data, data);
}

void config_overrule(struct config *config, config_report *report, void *data)
{
    overrule_policy("XR_ON_NOT_RESUMABLE", POLICIES_NOT_RESUMABLE,
                    &config->policies.on_not_resumable, report, data);
    overrule_policy("XR_ON_UNKNOWN", POLICIES_UNKNOWN,
                    &config->policies.on_unknown, report, data);
}

void config_free(struct config *config)
{
    int saved = errno;

    overrides_free(&config->overrides);
    free(config->hook_dir);
    free(config->checkpoint_dir);
    free(config->lvm_snapshot_size);
    config->lvm_snapshot_size = NULL;
    config->hook_dir = NULL;
    config->checkpoint_dir = NULL;
    errno = saved;
}
