/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of a checkpoint: the command notes on the stages' page what is to be
 * kept, libxl-save-helper keeps it while the guest stands still, and notes what
 * the disks were then.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/device_model.h"
#include "domain/plan_text.h"
#include "domain/stage_page.h"
#include "domain/stages.h"
#include "util/cleanup.h"
#include "util/fault.h"

/* One process writes, and says afterwards that it has. */
static int note_text(char *out, size_t room, const struct buffer *text,
                     struct xr_error *err)
{
    if (buffer_failed(text))
        return error_set(err, ENOMEM, "out of memory");
    if (text->length >= room)
        return error_set(err, E2BIG, "there are too many disks to be noted");
    memcpy(out, text->data ? text->data : "", text->length);
    out[text->length] = '\0';
    return 0;
}

int stages_plan_disks(struct stages *s, const struct disk_plan *plan,
                      const struct disk_drivers *drivers, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    int r = plan_text_print(plan, drivers, &text, err);

    if (!r)
        r = note_text(s->page->plan, sizeof(s->page->plan), &text, err);
    if (!r)
        atomic_store(&s->page->planned, 1);
    return r;
}

static int read_plan(const struct stages *s, struct plan_text *out,
                     struct xr_error *err)
{
    const struct stage_page *p = s->page;

    if (!p || !atomic_load(&p->planned))
        return error_set(err, ENOENT, "the plan of the disks is missing");
    return plan_text_parse(p->plan, strnlen(p->plan, sizeof(p->plan)), out,
                           err);
}

int stages_record_keys(const struct stages *s, struct keylist *out,
                       struct xr_error *err)
{
    CLEANUP_PLAN_TEXT struct plan_text text = { .drivers.dir = NULL };
    int r = read_plan(s, &text, err);

    if (r)
        return r;
    *out = text.record;
    text.record = (struct keylist){ 0 };
    return 0;
}

bool stages_settle_disks(const struct stages *s)
{
    CLEANUP_PLAN_TEXT struct plan_text text = { .drivers.dir = NULL };

    return !read_plan(s, &text, NULL) && disk_plan_settle(&text.plan);
}

/* Of those of whom the record says it: the size and the time of last change. */
static int note_facts(struct stages *s, const struct disk_plan *plan,
                      struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist all = { 0 };
    CLEANUP_KEYLIST struct keylist facts = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    int r = disk_plan_to_keys(plan, &all, err);

    if (!r)
        r = disk_keys_of_instant(&all, &facts, err);
    if (r)
        return r;
    keylist_print(&facts, &text);
    r = note_text(s->page->facts, sizeof(s->page->facts), &text, err);
    if (!r)
        atomic_store(&s->page->noted, 1);
    return r;
}

/* libxl has stopped an HVM guest's QEMU, and has it go on. */
static bool may_stop_qemu(const struct stages *s, const struct disk_plan *plan)
{
    return s->judgement->type != GUEST_HVM && disk_plan_needs_qemu(plan);
}

static int keep_disks(struct stages *s, struct plan_text *text,
                      struct xr_error *err)
{
    int r = fault_step("the copies of the disks", err);

    if (!r) {
        atomic_store(&s->page->flushing, may_stop_qemu(s, &text->plan));
        r = disk_plan_take(&text->plan, &text->drivers, err);
        atomic_store(&s->page->flushing, 0);
    }
    if (!r)
        r = disk_plan_read_facts(&text->plan, err);
    return r ? r : note_facts(s, &text->plan, err);
}

void stages_wake_qemu(const struct stages *s)
{
    if (s->page && atomic_exchange(&s->page->flushing, 0))
        (void)device_model_go_on(DEVICE_MODEL_DIR,
                                 s->judgement->domain.domid);
}

/* libxl tells the command only that the save has failed. */
static void note_failure(struct stage_page *p, const struct xr_error *err)
{
    memcpy(p->failure, err->message, sizeof(p->failure));
    p->failure[sizeof(p->failure) - 1] = '\0';
    atomic_store(&p->failed, 1);
}

int stages_keep_disks(struct stages *s, struct xr_error *err)
{
    CLEANUP_PLAN_TEXT struct plan_text text = { .drivers.dir = NULL };
    int r = read_plan(s, &text, err);

    if (r == -ENOENT)
        return 0;
    if (!r) {
        text.drivers.domid = s->judgement->domain.domid;
        text.drivers.name = s->judgement->name;
        text.drivers.checkpoint = s->page->id;
        text.drivers.running = &s->page->running;
        r = keep_disks(s, &text, err);
    }
    if (r)
        note_failure(s->page, err);
    return r;
}

bool stages_disks_failed(const struct stages *s, struct xr_error *why)
{
    if (!s->page || !atomic_load(&s->page->failed))
        return false;
    error_because(why, XR_REASON_DISK_NOT_KEPT, EIO, "%.*s",
                  (int)sizeof(s->page->failure) - 1, s->page->failure);
    return true;
}

int stages_disk_facts(const struct stages *s, struct keylist *out,
                      struct xr_error *err)
{
    const struct stage_page *p = s->page;

    if (!p || !atomic_load(&p->noted))
        return error_set(err, ENOENT, "the disks were not noted");
    return keylist_parse(p->facts, strnlen(p->facts, sizeof(p->facts)), out,
                         err);
}
