/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen-resumable.conf, through libxlutil and all. */
#include "config.h"

#include <string.h>

#include "format/statements.h"
#include "fuzz.h"
#include "xen/configuration.h"

/* libxlutil's parser loses an unfinished list when it comes to a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libxlutil";
}

static void on_problem(const char *problem, void *data)
{
    must(!strncmp(problem, "conf:", 5));
    must(++*(unsigned int *)data <= CONFIG_PROBLEMS_MAX);
}

static void cut(const char *text, size_t n)
{
    struct statements s;
    struct statement one;
    const char *behind = text;

    statements_begin(&s, text, n);
    while (statements_next(&s, &one)) {
        must(one.text >= behind && one.length);
        behind = one.text + one.length;
        must(behind <= text + n && one.key_length < one.length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *text = (const char *)bytes;
    unsigned int problems = 0;
    struct config config;

    cut(text, n);
    config_parse("conf", text, n, on_problem, &problems, &config);
    must(config.watch <= WATCH_SECONDS_MAX);
    config_free(&config);
    return 0;
}
