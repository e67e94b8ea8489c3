/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/hvm/params.h>

#include "format/notes.h"
#include "util/cleanup.h"
#include "xen/known_notes.h"
#include "xen/origin.h"

/*
 * By what Xen itself says: no other answer can fail or be out of date.  PVH is
 * an HVM container without an emulated PC: it is not to be taken for HVM, whose
 * recorded kernel would be mere firmware.
 */
static enum guest_type find_type(const struct domain *domain)
{
    if (!domain->hvm)
        return GUEST_PV;
    return domain->emulated ? GUEST_HVM : GUEST_PVH;
}

static enum pv_drivers find_pv_drivers(xc_interface *xch,
                                       const struct judgement *j)
{
    uint64_t irq = 0;

    if (j->type != GUEST_HVM
        || xc_hvm_param_get(xch, j->domain.domid, HVM_PARAM_CALLBACK_IRQ,
                            &irq))
        return PV_DRIVERS_UNKNOWN;
    return irq ? PV_DRIVERS_PRESENT : PV_DRIVERS_ABSENT;
}

static int find_name(struct store *store, struct judgement *j)
{
    j->name = store_read_domain(store, j->domain.domid, "name");
    if (j->name && *j->name)
        return 0;
    free(j->name);
    if (asprintf(&j->name, "%u", j->domain.domid) < 0) {
        j->name = NULL;
        return -ENOMEM;
    }
    return 0;
}

/* A value of the guest's: absent or unreadable is NULL; 0 or a failure. */
static int read_control(struct store *store, const struct judgement *j,
                        const char *node, char **out)
{
    *out = store_read_domain(store, j->domain.domid, node);
    return *out || errno == ENOENT || errno == EBADMSG ? 0 : -errno;
}

/*
 * Nothing is recorded: was the domain started before the plugin was there?
 * Then the file that libxl was told to load may say it.  *why is a message or
 * stays empty where there is no such file to be asked for.
 */
static void ask_file(xc_interface *xch, struct store *store,
                     const struct judge_aids *aids, struct judgement *j,
                     struct buffer *path, struct xr_error *why)
{
    CLEANUP_ORIGIN struct origin origin = { .started = 0 };
    int r;

    *why = (struct xr_error){ .code = 0 };
    if (!aids->stored_kernel || j->type == GUEST_HVM)
        return;
    r = origin_read(xch, store, &j->domain, &origin, why);
    if (r == -ENOENT)
        *why->message = '\0';
    if (r)
        return;
    if (origin.restored)
        error_set(why, ESTALE, "the domain was restored or migrated: the file "
                  "of its kernel is not known");
    else
        aids->stored_kernel(origin.config.data, origin.config.length,
                            j->domain.uuid, origin.started, &j->notes, path,
                            why);
}

/* Everything that is known of the kernel, recorded or from its file. */
static void take_notes(struct judgement *j, const struct buffer *path,
                       const struct xr_error *why,
                       struct verdict_input *input)
{
    const char *guest_os = keylist_get(&j->notes, "GUEST_OS");
    const char *cancel = keylist_get(&j->notes, "SUSPEND_CANCEL");
    bool malformed = keylist_find(&j->notes, "NOTE_14");

    if (j->recorded) {
        input->have_notes = true;
        input->guest_os = guest_os;
        input->suspend_cancel = cancel;
        input->malformed_cancel = malformed;
        input->loader = notes_loader(&j->notes);
    } else if (path->length) {
        input->file = (struct verdict_found){
            .where = path->data,
            .guest_os = guest_os,
            .suspend_cancel = cancel,
            .malformed_cancel = malformed,
        };
    } else if (*why->message) {
        input->file.unusable = why->message;
    }
    /* An HVM guest's recorded kernel is its firmware, whatever it is called. */
    if (j->type == GUEST_HVM && j->recorded && !input->loader)
        input->loader = "firmware";
}

static void describe_candidate(const struct memory_candidate *c,
                               struct buffer *out)
{
    const char *cancel = keylist_get(&c->notes, "SUSPEND_CANCEL");

    buffer_printf(out, "0x%" PRIx64, c->address);
    if (cancel)
        buffer_printf(out, " (SUSPEND_CANCEL %s)", cancel);
}

/* Why that is no hint, or nothing if it is one. */
static void doubt_scan(const struct memory_scan *scan, struct buffer *out)
{
    size_t i;

    if (!scan->count) {
        buffer_printf(out, "no kernel's notes are in the guest's memory, of "
                      "which %" PRIu64 " MiB could be read",
                      scan->pages >> 8);
    } else if (scan->count > 1) {
        buffer_printf(out, "%s%zu kernels' notes are in the guest's memory: ",
                      scan->more ? "more than " : "", scan->count);
        for (i = 0; i < scan->count; i++) {
            buffer_puts(out, i ? ", " : "");
            describe_candidate(&scan->candidates[i], out);
        }
    }
    if (scan->ended)
        buffer_printf(out, "%snot all of the guest's memory could be read: %s",
                      out->length ? "; " : "", scan->ended);
}

/* One kernel's notes, and no others: a hint. */
static int ask_memory(xc_interface *xch, struct judgement *j,
                      struct buffer *text, struct verdict_input *input,
                      struct xr_error *err)
{
    const struct memory_candidate *only = &j->scan.candidates[0];
    int r = memory_scan(xch, &j->domain, &j->scan, err);

    if (r)
        return r;
    doubt_scan(&j->scan, text);
    if (text->length) {
        input->memory.unusable = text->data;
        return 0;
    }
    buffer_printf(text, "0x%" PRIx64, only->address);
    if (buffer_failed(text))
        return error_set(err, ENOMEM, "out of memory");
    input->memory = (struct verdict_found){
        .where = text->data,
        .guest_os = keylist_get(&only->notes, "GUEST_OS"),
        .suspend_cancel = keylist_get(&only->notes, "SUSPEND_CANCEL"),
        .malformed_cancel = keylist_find(&only->notes, "NOTE_14"),
    };
    return 0;
}

static int form_verdict(xc_interface *xch, struct store *store,
                        const struct judge_aids *aids, struct judgement *j,
                        struct xr_error *err)
{
    CLEANUP_FREE char *resumable = NULL;
    CLEANUP_FREE char *suspend = NULL;
    CLEANUP_BUFFER struct buffer path = { 0 };
    CLEANUP_BUFFER struct buffer place = { 0 };
    struct xr_error why = { .code = 0 };
    struct verdict_input input = {
        .type = j->type,
        .pv_drivers = find_pv_drivers(xch, j),
    };
    struct override_subject subject = {
        .name = j->name,
        .uuid = j->domain.uuid,
    };
    int r = read_control(store, j, "control/feature-resumable", &resumable);

    if (!r)
        r = read_control(store, j, "control/feature-suspend", &suspend);
    if (r)
        return error_system(err, -r, "cannot read what the guest says");
    input.feature_resumable = resumable;
    input.feature_suspend = suspend;
    if (!j->recorded)
        ask_file(xch, store, aids, j, &path, &why);
    take_notes(j, &path, &why, &input);
    if (aids->scan_memory)
        r = ask_memory(xch, j, &place, &input, err);
    if (r)
        return r;
    if (!input.loader)
        subject.guest_os = keylist_get(&j->notes, "GUEST_OS");
    overrides_apply(aids->overrides, &subject, &input);
    verdict_reach(&input, &j->verdict);
    return 0;
}

static int judge_running_domain(xc_interface *xch, struct store *store,
                                uint32_t domid, const struct judge_aids *aids,
                                bool deciding_only, struct judgement *out,
                                struct xr_error *err)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    int r;

    r = domain_read(xch, domid, &j.domain, err);
    if (r)
        return r;
    r = find_name(store, &j);
    if (r)
        return error_set(err, -r, "out of memory");
    j.type = find_type(&j.domain);
    r = known_notes_read(store, domid, deciding_only, &j.notes, &j.recorded,
                         err);
    if (r)
        return r;
    r = form_verdict(xch, store, aids, &j, err);
    if (r)
        return r;
    *out = j;
    j = (struct judgement){ 0 };
    return 0;
}

static int judge_alone(xc_interface *xch, uint32_t domid,
                       const struct judge_aids *aids, bool deciding_only,
                       struct judgement *out, struct xr_error *err)
{
    CLEANUP_STORE struct store *store = store_open();

    if (!store)
        return error_system(err, errno, "cannot reach xenstore");
    return judge_running_domain(xch, store, domid, aids, deciding_only, out,
                                err);
}

int judge_domain(xc_interface *xch, uint32_t domid,
                 const struct judge_aids *aids, struct judgement *out,
                 struct xr_error *err)
{
    return judge_alone(xch, domid, aids, true, out, err);
}

int judge_domain_fully(xc_interface *xch, uint32_t domid,
                       const struct judge_aids *aids,
                       struct judgement *out, struct xr_error *err)
{
    return judge_alone(xch, domid, aids, false, out, err);
}

int judge_domain_with(xc_interface *xch, struct store *store, uint32_t domid,
                      const struct judge_aids *aids,
                      struct judgement *out, struct xr_error *err)
{
    return judge_running_domain(xch, store, domid, aids, true, out, err);
}

int judge_domain_again(xc_interface *xch, struct store *store,
                       const struct domain *domain,
                       const struct judge_aids *aids,
                       const struct judgement *before, struct judgement *out,
                       struct xr_error *err)
{
    CLEANUP_JUDGEMENT struct judgement j = {
        .domain = *domain,
        .name = strdup(before->name),
        .type = find_type(domain),
        .recorded = before->recorded,
    };
    int r = j.name ? keylist_copy_prefix(&j.notes, &before->notes, "")
                   : -ENOMEM;

    if (r)
        return error_set(err, -r, "out of memory");
    r = form_verdict(xch, store, aids, &j, err);
    if (r)
        return r;
    *out = j;
    j = (struct judgement){ 0 };
    return 0;
}

void judgement_free(struct judgement *judgement)
{
    int saved = errno;

    free(judgement->name);
    keylist_free(&judgement->notes);
    memory_scan_free(&judgement->scan);
    *judgement = (struct judgement){ 0 };
    errno = saved;
}
