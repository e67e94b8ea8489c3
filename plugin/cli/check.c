/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check: is a checkpoint of this guest okay?  Asked of running domains, of a
 * kernel image or of a save image.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check_options.h"
#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/connection.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/preflight.h"
#include "cli/refusal.h"
#include "cli/table.h"
#include "lib/image_notes.h"
#include "lib/judge_list.h"
#include "lib/save_image.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "xen/judge.h"

struct answer {
    char *target;   /* what was asked about */
    char *domid;    /* "" for a file */
    struct verdict verdict;
    struct memory_scan scan; /* empty but with --scan-memory */
    struct obstacles obstacles; /* none of a file */
};

struct answers {
    struct answer *items;
    size_t count;
    struct config config;
    bool scan_memory;
    bool failed;    /* some target could not be asked about */
};

static int add(struct answers *answers, const char *target,
               const char *domid, const struct verdict *verdict)
{
    struct answer *items = reallocarray(answers->items, answers->count + 1,
                                        sizeof(*items));
    struct answer *a;

    if (!items)
        return -ENOMEM;
    answers->items = items;
    a = &items[answers->count];
    a->target = strdup(target);
    a->domid = strdup(domid);
    a->verdict = *verdict;
    a->scan = (struct memory_scan){ .count = 0 };
    a->obstacles.count = 0;
    if (!a->target || !a->domid) {
        free(a->target);
        free(a->domid);
        return -ENOMEM;
    }
    answers->count++;
    return 0;
}

static void answers_free(struct answers *answers)
{
    while (answers->count) {
        answers->count--;
        free(answers->items[answers->count].target);
        free(answers->items[answers->count].domid);
        memory_scan_free(&answers->items[answers->count].scan);
    }
    free(answers->items);
    config_free(&answers->config);
}

static void note_failure(struct answers *answers, const char *subject,
                         const struct xr_error *err)
{
    complain_error(subject, err);
    answers->failed = true;
}

static int ask_domid(const struct connection *c, uint32_t domid,
                     struct answers *answers, struct xr_error *err)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    struct obstacles obstacles;
    const struct judge_aids aids = {
        .overrides = &answers->config.overrides,
        .stored_kernel = stored_kernel_notes,
        .scan_memory = answers->scan_memory,
    };
    char number[16];
    int r = judge_domain_with(c->xch, c->store, domid,
                              &aids, &j, err);

    if (!r)
        r = obstacles_find(c->xch, c->store, &j, NULL, &obstacles, err);
    if (r)
        return r;
    if (obstacles_refusal(&obstacles))
        j.verdict.suspendable = VERDICT_NO;
    snprintf(number, sizeof(number), "%u", domid);
    if (add(answers, j.name, number, &j.verdict))
        return error_set(err, ENOMEM, "out of memory");
    answers->items[answers->count - 1].obstacles = obstacles;
    answers->items[answers->count - 1].scan = j.scan;
    j.scan = (struct memory_scan){ .count = 0 };
    return 0;
}

static void ask_named(const struct connection *c, const char *name,
                      struct answers *answers)
{
    struct xr_error err;
    uint32_t domid;

    if (store_find_domain(c->store, name, &domid, &err)
        || ask_domid(c, domid, answers, &err))
        note_failure(answers, name, &err);
}

/*
 * A domain that vanishes while all are asked is no failure, and one that cannot
 * be asked does not keep the others from it.
 */
static void ask_all(const struct connection *c, struct answers *answers)
{
    CLEANUP_FREE struct domain *domains = NULL;
    char subject[32];
    struct xr_error err;
    size_t count = 0, i;
    int r;

    if (domain_list(c->xch, &domains, &count, &err))
        note_failure(answers, "check", &err);
    for (i = 0; i < count; i++) {
        r = ask_domid(c, domains[i].domid, answers, &err);
        if (!r || r == -ENOENT)
            continue;
        snprintf(subject, sizeof(subject), "domain %u", domains[i].domid);
        note_failure(answers, subject, &err);
    }
}

static void note_shortage(struct answers *answers, const char *path)
{
    struct xr_error err;

    error_set(&err, ENOMEM, "out of memory");
    note_failure(answers, path, &err);
}

static void add_file(struct answers *answers, const char *path,
                     const struct verdict *verdict)
{
    if (add(answers, path, "", verdict))
        note_shortage(answers, path);
}

/* Without notes it is a kernel, too: unknown. */
static void ask_kernel(const char *path, int fd, struct answers *answers)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    struct image_info info = { 0 };
    struct verdict verdict;
    struct xr_error err;
    int r = image_notes_from_fd(fd, &notes, &info, &err);

    if (r && r != -ENOENT) {
        note_failure(answers, path, &err);
        return;
    }
    judge_notes(&notes, info.loader, &answers->config.overrides, &verdict);
    add_file(answers, path, &verdict);
}

/* Without a record, or with one that cannot be read: unknown. */
static void ask_image(const char *path, int fd, struct answers *answers)
{
    CLEANUP_KEYLIST struct keylist metadata = { 0 };
    struct verdict verdict;
    struct xr_error err;
    int r = save_image_metadata(fd, &metadata, &err);

    if (r && r != -ENOENT) {
        note_failure(answers, path, &err);
        return;
    }
    if (judge_metadata(&metadata, &answers->config.overrides, &verdict))
        note_shortage(answers, path);
    else
        add_file(answers, path, &verdict);
}

static void ask_file(const char *path,
                     void (*ask)(const char *, int, struct answers *),
                     struct answers *answers)
{
    CLEANUP_CLOSE int fd = input_open(path);

    if (fd < 0)
        answers->failed = true;
    else
        ask(path, fd, answers);
}

static void print_evidence(const struct verdict *v)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "SOURCE");
    table_column(t, "SAYS");
    table_column(t, "BECAUSE");
    for (i = 0; i < v->evidence_count; i++) {
        table_row(t);
        table_cell(t, verdict_source_name(v->evidence[i].source));
        table_cell(t, verdict_answer_name(v->evidence[i].says));
        table_cell(t, v->evidence[i].detail);
    }
    table_print(t, "  ");
    table_free(t);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void print_candidates(const struct memory_scan *scan)
{
    struct table *t = table_new();
    char text[32];
    size_t i;

    table_column(t, "ADDRESS");
    table_column(t, "COPIES");
    table_column(t, "GUEST_OS");
    table_column(t, "SUSPEND_CANCEL");
    for (i = 0; i < scan->count; i++) {
        const struct memory_candidate *c = &scan->candidates[i];

        table_row(t);
        snprintf(text, sizeof(text), "0x%" PRIx64, c->address);
        table_cell(t, text);
        snprintf(text, sizeof(text), "%" PRIu64, c->copies);
        table_cell(t, text);
        table_cell(t, or_dash(keylist_get(&c->notes, "GUEST_OS")));
        table_cell(t, or_dash(keylist_get(&c->notes, "SUSPEND_CANCEL")));
    }
    table_print(t, "  ");
    table_free(t);
}

/* What does not go into the table of all. */
static void print_details(const struct answer *a, bool evidence)
{
    bool obstacles = obstacles_refusal(&a->obstacles)
                     || (evidence && a->obstacles.count);

    if (!evidence && !a->scan.count && !obstacles)
        return;
    printf("\n");
    print_safe(a->target);
    printf(":\n");
    if (evidence)
        print_evidence(&a->verdict);
    if (a->scan.count)
        print_candidates(&a->scan);
    if (obstacles)
        print_obstacles(&a->obstacles, evidence);
}

static void print_text(const struct answers *answers, bool evidence)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "DOMAIN");
    table_column(t, "ID");
    table_column(t, "RESUMABLE");
    table_column(t, "SUSPENDABLE");
    table_column(t, "SOURCE");
    table_column(t, "REASON");
    for (i = 0; i < answers->count; i++) {
        const struct answer *a = &answers->items[i];

        table_row(t);
        table_cell(t, a->target);
        table_cell(t, *a->domid ? a->domid : "-");
        table_verdict(t, a->verdict.resumable);
        table_verdict(t, a->verdict.suspendable);
        table_cell(t, verdict_source_name(a->verdict.source));
        table_cell(t, a->verdict.reason);
    }
    table_print(t, "");
    table_free(t);
    for (i = 0; i < answers->count; i++)
        print_details(&answers->items[i], evidence);
}

static void json_evidence(yajl_gen g, const struct verdict *v)
{
    size_t i;

    json_key(g, "evidence");
    yajl_gen_array_open(g);
    for (i = 0; i < v->evidence_count; i++) {
        const struct verdict_evidence *e = &v->evidence[i];

        yajl_gen_map_open(g);
        json_text(g, "source", verdict_source_name(e->source));
        json_text(g, "says", verdict_answer_name(e->says));
        json_text(g, "detail", e->detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_text_or_null(yajl_gen g, const char *key, const char *text)
{
    if (text) {
        json_text(g, key, text);
        return;
    }
    json_key(g, key);
    yajl_gen_null(g);
}

static void json_candidates(yajl_gen g, const struct memory_scan *scan)
{
    char address[32];
    size_t i;

    json_key(g, "candidates");
    yajl_gen_array_open(g);
    for (i = 0; i < scan->count; i++) {
        const struct memory_candidate *c = &scan->candidates[i];

        snprintf(address, sizeof(address), "0x%" PRIx64, c->address);
        yajl_gen_map_open(g);
        json_text(g, "address", address);
        json_number(g, "copies", c->copies);
        json_text_or_null(g, "guest_os", keylist_get(&c->notes, "GUEST_OS"));
        json_text_or_null(g, "suspend_cancel",
                          keylist_get(&c->notes, "SUSPEND_CANCEL"));
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_answer(yajl_gen g, const struct answer *a,
                        bool scan_memory)
{
    yajl_gen_map_open(g);
    json_text(g, "target", a->target);
    if (*a->domid)
        json_number(g, "domid", strtoul(a->domid, NULL, 10));
    json_text(g, "resumable", verdict_answer_name(a->verdict.resumable));
    json_text(g, "source", verdict_source_name(a->verdict.source));
    json_text(g, "reason", a->verdict.reason);
    json_text(g, "suspendable", verdict_answer_name(a->verdict.suspendable));
    if (*a->domid)
        json_obstacles(g, &a->obstacles);
    json_evidence(g, &a->verdict);
    if (scan_memory && *a->domid)
        json_candidates(g, &a->scan);
    yajl_gen_map_close(g);
}

static void print_json(const struct answers *answers)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_key(g, "domains");
    yajl_gen_array_open(g);
    for (i = 0; i < answers->count; i++)
        json_answer(g, &answers->items[i], answers->scan_memory);
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

/* The worst of all: an error, then no, then unknown, then yes. */
static int status_of(const struct answers *answers)
{
    int status = answers->failed ? STATUS_ERROR : STATUS_YES;
    size_t i;

    for (i = 0; i < answers->count && status != STATUS_ERROR; i++) {
        enum verdict_answer answer = answers->items[i].verdict.resumable;

        if (answer == VERDICT_NO
            || obstacles_refusal(&answers->items[i].obstacles))
            status = STATUS_NO;
        else if (answer == VERDICT_UNKNOWN && status == STATUS_YES)
            status = STATUS_UNKNOWN;
    }
    return status;
}

static int ask(const struct check_options *q, struct answers *answers)
{
    char **names = q->domains;
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct xr_error err;

    if (q->kernel)
        ask_file(q->kernel, ask_kernel, answers);
    if (q->image)
        ask_file(q->image, ask_image, answers);
    if (!q->all && !*names)
        return 0;
    if (connection_open(&connection, &err))
        return complain_error("check", &err);
    if (q->all)
        ask_all(&connection, answers);
    for (; *names; names++)
        ask_named(&connection, *names, answers);
    return 0;
}

int cmd_check(int argc, char **argv)
{
    __attribute__((cleanup(answers_free))) struct answers answers = { 0 };
    struct check_options q;
    int r = check_options_parse(argc, argv, &q);

    if (r)
        return -1 - r;
    if (q.here)
        return preflight(q.image, q.format);
    answers.scan_memory = q.scan_memory;
    configuration_read(&answers.config);
    r = ask(&q, &answers);
    if (r)
        return r;
    if (q.format == FORMAT_JSON)
        print_json(&answers);
    else if (answers.count)
        print_text(&answers, q.evidence);
    return finish_output(status_of(&answers));
}
