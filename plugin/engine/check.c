/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/check_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/obstacles.h"
#include "domain/stage_page.h"
#include "engine/configuration.h"
#include "lib/image_notes.h"
#include "lib/judge_list.h"
#include "lib/save_image.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "xen/judge.h"

struct check *check_new(const struct events *events)
{
    struct check *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->events = events;
    configuration_read(&c->config, events);
    return c;
}

static void answer_free(struct check_answer *a)
{
    free(a->target);
    while (a->candidate_count)
        keylist_free(&a->candidates[--a->candidate_count].notes);
    free(a->candidates);
    disk_plan_free(&a->disks);
}

void check_free(struct check *c)
{
    if (!c)
        return;
    while (c->count)
        answer_free(&c->answers[--c->count]);
    free(c->answers);
    free(c->blamed);
    connection_close(&c->connection);
    config_free(&c->config);
    free(c);
}

void check_scan_memory(struct check *c)
{
    c->scan_memory = true;
}

const struct xr_error *check_failed(const struct check *c)
{
    return c->first.code ? &c->first : NULL;
}

const char *check_failed_domain(const struct check *c)
{
    return c->blamed;
}

size_t check_count(const struct check *c)
{
    return c->count;
}

const struct check_answer *check_get(const struct check *c, size_t i)
{
    return &c->answers[i];
}

static void keep_failure(struct check *c, const char *subject,
                         const struct xr_error *err)
{
    events_fail(c->events, subject, err);
    if (!c->first.code)
        c->first = *err;
}

static void keep_file_failure(struct check *c, const char *path,
                              const struct xr_error *err)
{
    bool is_first = !c->first.code;

    keep_failure(c, path, err);
    if (is_first)
        error_name_file(&c->first, path);
}

/* Takes over the name, which may be NULL: nobody knows it. */
static void keep_domain_failure(struct check *c, const char *subject,
                                char *name, const struct xr_error *err)
{
    bool is_first = !c->first.code;

    keep_failure(c, subject, err);
    if (is_first)
        c->blamed = STEAL(name);
    free(name);
}

/* Of a word on the command line, which may be a number. */
static void keep_named_failure(struct check *c, const char *word,
                               uint32_t domid, const struct xr_error *err)
{
    keep_domain_failure(c, word, store_read_domain(c->connection.store, domid,
                                                   "name"), err);
}

/* What the answer points to is taken over on success. */
static int add_answer(struct check *c, const char *target,
                      const struct check_answer *answer, struct xr_error *err)
{
    struct check_answer *answers = reallocarray(c->answers, c->count + 1,
                                                sizeof(*answers));
    CLEANUP_FREE char *copy = strdup(target);

    if (answers)
        c->answers = answers;
    if (!answers || !copy)
        return error_set(err, ENOMEM, "out of memory");
    answers[c->count] = *answer;
    answers[c->count++].target = STEAL(copy);
    return 0;
}

static void add_file_answer(struct check *c, const char *path,
                            const struct verdict *verdict)
{
    const struct check_answer answer = { .verdict = *verdict };
    struct xr_error err;

    if (add_answer(c, path, &answer, &err))
        keep_file_failure(c, path, &err);
}

/* Without notes it is a kernel, too: unknown. */
static int judge_kernel(struct check *c, const char *path, int fd,
                        struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    struct image_info info = { 0 };
    struct verdict verdict;
    int r = image_notes_from_fd(fd, &notes, &info, err);

    if (r && r != -ENOENT)
        return r;
    judge_notes(&notes, info.loader, &c->config.overrides, &verdict);
    add_file_answer(c, path, &verdict);
    return 0;
}

/* Without a record, or with one that cannot be read: unknown. */
static int judge_image(struct check *c, const char *path, int fd,
                       struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist metadata = { 0 };
    struct verdict verdict;
    int r = save_image_metadata(fd, &metadata, err);

    if (r && r != -ENOENT)
        return r;
    if (judge_metadata(&metadata, &c->config.overrides, &verdict))
        return error_set(err, ENOMEM, "out of memory");
    add_file_answer(c, path, &verdict);
    return 0;
}

typedef int judge_file(struct check *, const char *, int, struct xr_error *);

static void open_and_judge(struct check *c, const char *path,
                           judge_file *judge)
{
    CLEANUP_CLOSE int fd = strcmp(path, "-")
                           ? open(path, O_RDONLY | O_CLOEXEC)
                           : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    struct xr_error err;
    int r = fd < 0 ? error_errno(&err, errno) : judge(c, path, fd, &err);

    if (r)
        keep_file_failure(c, path, &err);
}

void check_kernel(struct check *c, const char *path)
{
    open_and_judge(c, path, judge_kernel);
}

void check_image(struct check *c, const char *path)
{
    open_and_judge(c, path, judge_image);
}

/* Moves what was found in memory; the scan is the judgement's no more. */
static int take_candidates(struct memory_scan *scan, struct check_answer *out)
{
    size_t i;

    if (!scan->count)
        return 0;
    out->candidates = calloc(scan->count, sizeof(*out->candidates));
    if (!out->candidates)
        return -ENOMEM;
    for (i = 0; i < scan->count; i++) {
        struct memory_candidate *from = &scan->candidates[i];

        out->candidates[i] = (struct check_candidate){
            .address = from->address,
            .copies = from->copies,
            .notes = from->notes,
        };
        from->notes = (struct keylist){ 0 };
    }
    out->candidate_count = scan->count;
    return 0;
}

/* What a checkpoint would do; where it keeps none by configuration, nothing. */
static int plan_disks(struct check *c, const struct judgement *j,
                      struct disk_plan *out, struct xr_error *err)
{
    char id[STAGE_ID_SIZE];
    const struct disk_drivers drivers = {
        .lvm_snapshot_size = c->config.lvm_snapshot_size,
        .limit = c->config.hook_timeout,
        .required = c->config.disks == DISKS_REQUIRE,
        .domid = j->domain.domid,
        .name = j->name,
        .checkpoint = id,
    };

    if (c->config.disks == DISKS_NONE)
        return 0;
    if (stage_id_draw(id))
        return error_system(err, errno, "an id for a checkpoint");
    return disk_plan_make(c->connection.store, j->domain.domid, &drivers, out,
                          err);
}

static int judge_domid(struct check *c, uint32_t domid, struct xr_error *err)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    struct check_answer answer = { .is_domain = true, .domid = domid };
    const struct judge_aids aids = {
        .overrides = &c->config.overrides,
        .stored_kernel = stored_kernel_notes,
        .scan_memory = c->scan_memory,
    };
    int r = judge_domain_with(c->connection.xch, c->connection.store, domid,
                              &aids, &j, err);

    if (!r)
        r = obstacles_find(c->connection.xch, c->connection.store, &j, NULL,
                           &answer.obstacles, err);
    if (!r)
        r = plan_disks(c, &j, &answer.disks, err);
    if (r)
        return r;
    if (obstacles_refusal(&answer.obstacles))
        j.verdict.suspendable = VERDICT_NO;
    answer.verdict = j.verdict;
    r = take_candidates(&j.scan, &answer)
        ? error_set(err, ENOMEM, "out of memory")
        : add_answer(c, j.name, &answer, err);
    if (r)
        answer_free(&answer);
    return r;
}

/* Said once, however many domains are asked about. */
static bool is_connected(struct check *c)
{
    struct xr_error err;

    if (c->connection.xch)
        return true;
    if (!connection_open(&c->connection, &err))
        return true;
    if (c->first.reason != err.reason)
        keep_failure(c, "check", &err);
    return false;
}

/* Said once, too; a domain's device model may take seconds to answer. */
static bool check_is_to_stop(struct check *c)
{
    struct xr_error err;

    if (!events_stopped(c->events, 0, 0, &err))
        return false;
    if (c->first.reason != err.reason)
        keep_failure(c, "check", &err);
    return true;
}

/* There is no domain of that name, or nobody can tell. */
static bool find_named(struct check *c, const char *name, uint32_t *domid_out)
{
    struct xr_error err;

    if (!store_find_domain(c->connection.store, name, domid_out, &err))
        return true;
    keep_domain_failure(c, name, strdup(name), &err);
    return false;
}

void check_one_domain(struct check *c, const char *name)
{
    struct xr_error err;
    uint32_t domid;

    if (is_connected(c) && !check_is_to_stop(c) && find_named(c, name, &domid)
        && judge_domid(c, domid, &err))
        keep_named_failure(c, name, domid, &err);
}

void check_learn(struct check *c, const char *name, const char *kernel,
                 bool dry_run)
{
    struct check_lesson lesson = {
        .name = name,
        .kernel = kernel,
        .dry_run = dry_run,
    };
    struct xr_error err;
    bool written;
    int r;

    if (!is_connected(c) || !find_named(c, name, &lesson.domid))
        return;
    r = check_learn_notes(c, &lesson, &written, &err);
    if (!r)
        r = judge_domid(c, lesson.domid, &err);
    if (r) {
        keep_named_failure(c, name, lesson.domid, &err);
        return;
    }
    c->answers[c->count - 1].kernel = kernel;
    c->answers[c->count - 1].learned = written;
}

/*
 * A domain that vanishes while all are asked is no failure, and one that cannot
 * be asked does not keep the others from it.
 */
void check_all_domains(struct check *c)
{
    CLEANUP_FREE struct domain *domains = NULL;
    char subject[32];
    struct xr_error err;
    size_t count = 0, i;
    int r;

    if (!is_connected(c))
        return;
    if (domain_list(c->connection.xch, &domains, &count, &err))
        keep_failure(c, "check", &err);
    for (i = 0; i < count && !check_is_to_stop(c); i++) {
        r = judge_domid(c, domains[i].domid, &err);
        if (!r || r == -ENOENT)
            continue;
        snprintf(subject, sizeof(subject), "domain %u", domains[i].domid);
        keep_named_failure(c, subject, domains[i].domid, &err);
    }
}
