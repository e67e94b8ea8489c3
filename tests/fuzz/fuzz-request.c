/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the environment says that the command wants: what was decoded once must
 * encode and decode to the same, and what is refused says what it is for.
 */
#include "config.h"

#include <string.h>

#include "domain/request.h"
#include "fuzz.h"
#include "util/cleanup.h"

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static void same_again(const struct request *request)
{
    CLEANUP_REQUEST struct request again = REQUEST_NONE;
    CLEANUP_BUFFER struct buffer text = { 0 };

    /* Bytes that stood there as they are take more room escaped. */
    if (request_encode(request, &text, NULL))
        return;
    must(!request_decode(text.data, text.length, &again, NULL));
    must(again.intent == request->intent && again.live == request->live
         && again.keep == request->keep
         && again.max_freeze == request->max_freeze
         && again.progress_fd == request->progress_fd
         && again.stages_fd == request->stages_fd);
    must(is_same_text(again.image, request->image)
         && is_same_text(again.hook_dir, request->hook_dir)
         && is_same_text(again.labels, request->labels)
         && is_same_text(again.checkpoint, request->checkpoint));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_REQUEST struct request request = REQUEST_NONE;
    CLEANUP_FREE char *text = malloc(n + 1);
    enum intent intent;
    int r;

    must(text != NULL);
    if (n)
        memcpy(text, bytes, n);
    text[n] = '\0';
    n = strlen(text); /* an environment has no NULs */
    intent = request_intent(text);
    must(intent < INTENTS);
    r = request_decode(text, n, &request, NULL);
    must(r <= 0);
    if (r)
        return 0;
    same_again(&request);
    return 0;
}
