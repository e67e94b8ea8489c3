/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* checkpoint: the example of libxenresumable(3), word for word. */
#include <signal.h>
#include <stdio.h>
#include <xenresumable.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    interrupted = signal;
}

static int show(void *data, uint64_t done, uint64_t total)
{
    (void)data;
    fprintf(stderr, "\r%3u %%%s", (unsigned)(total ? 100 * done / total : 0),
            interrupted ? ", stopping" : "");
    return interrupted;
}

static int take(char **argv, const struct xr_events *events,
                struct xr_result **out, struct xr_error *err)
{
    struct xr_options *options = xr_options_new();
    struct xr_result *answer = NULL;
    int r = xr_check_domain(argv[1], NULL, &answer, err);

    if (!r)
        printf("may it go on? %s: %s\n", xr_result_text(answer, "resumable"),
               xr_result_text(answer, "reason"));
    if (!r)
        r = xr_options_set(options, "label", "taken.by=example", err);
    if (!r && argv[3])
        r = xr_options_set(options, "hook", argv[3], err);
    if (!r)
        r = xr_checkpoint(argv[1], argv[2], options, events, out, err);
    xr_result_free(answer);
    xr_options_free(options);
    return r;
}

/* checkpoint DOMAIN IMAGE [HOOKS], or to restore it: checkpoint IMAGE */
int main(int argc, char **argv)
{
    struct xr_events events = { .size = sizeof(events), .progress = show };
    struct xr_result *result = NULL;
    struct xr_error err;
    int r;

    if (argc < 2)
        return 2;
    signal(SIGINT, on_interrupt);
    r = argc == 2 ? xr_restore(argv[1], NULL, &events, &result, &err)
                  : take(argv, &events, &result, &err);
    fputc('\n', stderr);
    if (r)
        fprintf(stderr, "%s (%s)\n", err.message, xr_reason_name(err.reason));
    else
        printf("%s\n", xr_result_json(result));
    xr_result_free(result);
    return r ? 1 : 0;
}
