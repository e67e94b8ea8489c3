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
    fprintf(data, "\r%3u %%", (unsigned)(total ? 100 * done / total : 0));
    return interrupted;
}

/* checkpoint DOMAIN IMAGE, or to restore it: checkpoint IMAGE */
int main(int argc, char **argv)
{
    struct xr_events events = { sizeof(events), stderr, show, NULL, NULL };
    struct xr_result *answer = NULL, *result = NULL;
    struct xr_error err;
    int r;

    signal(SIGINT, on_interrupt);
    r = argc < 3 ? xr_restore(argv[1], NULL, &events, &result, &err)
                 : xr_check_domain(argv[1], NULL, &events, &answer, &err);
    if (answer) {
        puts(xr_result_text(answer, "reason"));
        r = xr_checkpoint(argv[1], argv[2], NULL, &events, &result, &err);
    }
    if (r)
        fprintf(stderr, "\n%s (%s)\n", err.message, xr_reason_name(err.reason));
    else
        printf("\n%s\n", xr_result_json(result));
    xr_result_free(answer);
    xr_result_free(result);
    return r != 0;
}
