/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which disks of running guests a checkpoint would not keep, which copies of disks have
 * no image any more, and which images have not their copies.
 */
#include "config.h"

#include "engine/doctor.h"

#include <stdlib.h>

#include "domain/device_model.h"
#include "domain/disk_plan.h"
#include "domain/lock.h"
#include "domain/stage_page.h"
#include "engine/disk_clones.h"
#include "engine/disk_copies.h"
#include "util/cleanup.h"
#include "xen/configuration.h"
#include "xen/connection.h"
#include "xen/domain.h"

enum { STRAYS_SHOWN = 8 };

struct disk_survey {
    struct diagnosis *diagnosis;
    struct connection connection;
    struct config config;
    char id[STAGE_ID_SIZE];
    size_t kept, lost;
    char first[240];  /* that is not kept */
};

static void note_lost(struct disk_survey *s, const char *guest,
                      const struct disk_plan *plan)
{
    size_t i;

    for (i = 0; i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        if (!d->written)
            continue;
        s->kept += d->driver != NULL;
        s->lost += !d->driver;
        if (!d->driver && s->lost == 1)
            snprintf(s->first, sizeof(s->first),
                     "%.40s's %.20s (%.60s): %.100s",
                     guest, d->dev, d->target, d->why_not);
    }
}

/* A checkpoint that was killed has left it so. */
static void examine_qemu(const struct disk_survey *s, const struct domain *d,
                         const char *name, const struct disk_plan *plan)
{
    if (!d->emulated && !d->paused && !d->shutdown
        && disk_plan_needs_qemu(plan)
        && device_model_is_stopped(DEVICE_MODEL_DIR, d->domid)
        && lock_look(d->uuid, NULL) == LOCK_FREE)
        diagnose(s->diagnosis, "disks", FINDING_BAD, "the QEMU that serves "
                 "those of %.60s stands still; it goes on by its next "
                 "checkpoint, or by: xl qemu-monitor-command %u cont", name,
                 d->domid);
}

/* One that vanishes meanwhile is nobody's business. */
static void survey_domain(struct disk_survey *s, const struct domain *d)
{
    uint32_t domid = d->domid;
    CLEANUP_FREE char *name = store_read_domain(s->connection.store, domid,
                                                "name");
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    const struct disk_drivers drivers = {
        .lvm_snapshot_size = s->config.lvm_snapshot_size,
        .limit = s->config.hook_timeout,
        .required = s->config.disks == DISKS_REQUIRE,
        .domid = domid,
        .name = name,
        .checkpoint = s->id,
    };

    if (domid && name && !disk_plan_make(s->connection.store, domid, &drivers,
                                         &plan, NULL)) {
        note_lost(s, name, &plan);
        examine_qemu(s, d, name, &plan);
    }
}

static void survey_all(struct disk_survey *s)
{
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;

    if (domain_list(s->connection.xch, &domains, &count, NULL))
        return;
    for (i = 0; i < count; i++)
        survey_domain(s, &domains[i]);
}

static void pass_over_problem(const char *problem, void *data)
{
    (void)problem; /* doctor has told it */
    (void)data;
}

static void tell_survey(struct diagnosis *e, const struct disk_survey *s)
{
    if (s->config.disks == DISKS_NONE)
        diagnose(e, "disks", FINDING_NOTE, "disks = \"none\": checkpoints keep "
                 "no disks unless --disks says so");
    else if (s->lost)
        diagnose(e, "disks", FINDING_NOTE, "a checkpoint would not keep %zu "
                 "disks that running guests write, the first: %s", s->lost,
                 s->first);
    else if (s->kept)
        diagnose(e, "disks", FINDING_OK, "a checkpoint would keep all %zu that "
                 "running guests write", s->kept);
}

void examine_disks(struct diagnosis *e)
{
    struct disk_survey s = { .diagnosis = e };

    if (connection_open(&s.connection, NULL))
        return; /* that was found before */
    config_read(config_path(), pass_over_problem, NULL, &s.config);
    if (!stage_id_draw(s.id) && s.config.disks != DISKS_NONE)
        survey_all(&s);
    tell_survey(e, &s);
    config_free(&s.config);
    connection_close(&s.connection);
}

struct stray_count {
    struct diagnosis *diagnosis;
    size_t count;
};

/* The command comes first: the rest may be cut off. */
static void tell_stray(const struct disk_copies *c, const char *why,
                       void *data)
{
    struct stray_count *n = data;

    if (n->count++ < STRAYS_SHOWN)
        diagnose(n->diagnosis, "copies of disks", FINDING_NOTE,
                 "without an image; xen-resumable prune --drop-copies=%s "
                 "removes them: %.60s's, %s: %s", c->id, c->name, why,
                 c->image);
}

static void tell_lost(const struct disk_copies *c, const struct disk_copy *copy,
                      const char *why, void *data)
{
    struct stray_count *n = data;

    if (n->count++ < STRAYS_SHOWN)
        diagnose(n->diagnosis, "copies of disks", FINDING_NOTE,
                 "lost: %.60s's %.20s, %.100s: %.100s; it cannot be put back "
                 "with %s", c->name, copy->dev, copy->copy, why, c->image);
}

static void examine_lost_copies(struct diagnosis *e)
{
    struct stray_count n = { e, 0 };

    copies_each_lost(tell_lost, &n);
    if (n.count > STRAYS_SHOWN)
        diagnose(e, "copies of disks", FINDING_NOTE, "%zu more are lost",
                 n.count - STRAYS_SHOWN);
}

static void tell_idle(const struct disk_copies *c, enum clones_use use,
                      const char *why, void *data)
{
    struct stray_count *n = data;

    if (n->count++ < STRAYS_SHOWN)
        diagnose(n->diagnosis, "disks of copies", FINDING_NOTE,
                 "made for %.60s, which %s; xen-resumable prune "
                 "--drop-copies=%s removes them%s%.100s: %s", c->name,
                 c->begun ? "has them no more" : "was never begun", c->id,
                 use == CLONES_SPARED ? "; prune spares them else: " : "",
                 why, c->count ? c->items[0].target : "none");
}

static void examine_clones(struct diagnosis *e)
{
    struct stray_count n = { e, 0 };

    clones_each_idle(tell_idle, &n);
    if (n.count > STRAYS_SHOWN)
        diagnose(e, "disks of copies", FINDING_NOTE, "of %zu more that are not "
                 "there", n.count - STRAYS_SHOWN);
}

void examine_copies(struct diagnosis *e)
{
    struct stray_count n = { e, 0 };

    copies_each_stray(tell_stray, &n);
    if (n.count > STRAYS_SHOWN)
        diagnose(e, "copies of disks", FINDING_NOTE, "%zu more without an "
                 "image", n.count - STRAYS_SHOWN);
    examine_lost_copies(e);
    examine_clones(e);
}
