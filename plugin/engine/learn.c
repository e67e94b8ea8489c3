/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/learn.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "format/notes.h"
#include "lib/image_notes.h"
#include "util/cleanup.h"
#include "xen/domain.h"
#include "xen/known_notes.h"
#include "xen/memory_scan.h"

/* --- the file */

static int read_kernel_file(const struct learn_order *o, struct keylist *out,
                            struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    struct image_info info = { .loader = NULL };
    const char *loader;
    int r = image_notes_from_fd(o->fd, &notes, &info, err);

    if (r)
        return r;
    loader = info.loader ? info.loader : notes_loader(&notes);
    if (loader)
        return error_because(err, XR_REASON_WRONG_KERNEL, EINVAL, "the file is "
                             "%s, not a guest's kernel", loader);
    *out = notes;
    notes = (struct keylist){ 0 };
    return 0;
}

/* --- the guest */

/* An HVM guest's recorded kernel is its firmware, and goes by another rule. */
static int refuse_type(const struct domain *d, struct xr_error *err)
{
    if (!d->domid)
        return error_because(err, XR_REASON_IS_DOMAIN_0, EPERM, "it is "
                             "Domain-0, which cannot be saved");
    if (d->dying || (d->shutdown && !domain_is_suspended(d)))
        return error_because(err, XR_REASON_GUEST_DIED, EPERM, "it %s",
                             domain_state(d));
    if (d->hvm && d->emulated)
        return error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "it is an "
                             "HVM guest, which has loaded its kernel itself");
    return 0;
}

static bool has_same_value(const struct keypair *a, const struct keypair *b)
{
    return a && b && a->value_length == b->value_length
           && !memcmp(a->value, b->value, a->value_length);
}

/*
 * The name of a note that is not in both as it is in the one; NULL: none.  In
 * memory notes may lie apart, so that some of the file's are not found: none
 * of those that decide.
 */
static const char *find_difference(const struct keylist *file,
                                   const struct keylist *found)
{
    size_t i;

    for (i = 0; i < found->count; i++)
        if (!has_same_value(&found->pairs[i],
                            keylist_find(file, found->pairs[i].key)))
            return found->pairs[i].key;
    for (i = 0; i < file->count; i++)
        if (known_notes_decides(file->pairs[i].key)
            && !keylist_find(found, file->pairs[i].key))
            return file->pairs[i].key;
    return NULL;
}

/* Would a verdict by the one be that by the other? */
static bool says_the_same(const struct keylist *a, const struct keylist *b)
{
    static const char *const keys[] = { "SUSPEND_CANCEL", "NOTE_14",
                                        "GUEST_OS" };
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct keypair *one = keylist_find(a, keys[i]);
        const struct keypair *other = keylist_find(b, keys[i]);

        if ((one || other) && !has_same_value(one, other))
            return false;
    }
    return true;
}

static const char *value_or_none(const struct keylist *notes, const char *key)
{
    const char *value = keylist_get(notes, key);

    return value ? value : "absent";
}

static int refuse_difference(const struct keylist *file, const char *key,
                             const struct keylist *other, uint64_t address,
                             struct xr_error *err)
{
    return error_because(err, XR_REASON_WRONG_KERNEL, ESTALE, "the file is "
                         "not the guest's kernel: %.40s is %.60s in the file, "
                         "and %.60s in the guest's memory at 0x%" PRIx64, key,
                         value_or_none(file, key), value_or_none(other, key),
                         address);
}

/* What keeps the scan from saying anything at all. */
static int refuse_scan(const struct memory_scan *scan, struct xr_error *err)
{
    if (scan->ended)
        return error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "not "
                             "all of the guest's memory was read: %s",
                             scan->ended);
    if (scan->more)
        return error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "the notes "
                             "of more than %u kernels are in the guest's "
                             "memory", MEMORY_CANDIDATES_MAX);
    if (!scan->count)
        return error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "no "
                             "kernel's notes are in the guest's memory, of "
                             "which %" PRIu64 " MiB could be read",
                             scan->pages >> 8);
    return 0;
}

/* One has all of the file's notes, and none would say anything else. */
static int compare_scan(const struct memory_scan *scan,
                        const struct keylist *file, uint64_t *address_out,
                        struct xr_error *err)
{
    const struct memory_candidate *same = NULL, *c;
    size_t i;
    int r = refuse_scan(scan, err);

    if (r)
        return r;
    for (i = 0; i < scan->count; i++) {
        c = &scan->candidates[i];
        if (!find_difference(file, &c->notes))
            same = c;
    }
    if (!same) {
        c = &scan->candidates[0];
        return refuse_difference(file, find_difference(file, &c->notes),
                                 &c->notes, c->address, err);
    }
    for (i = 0; i < scan->count; i++) {
        c = &scan->candidates[i];
        if (!says_the_same(file, &c->notes))
            return error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "the "
                                 "file's notes are in the guest's memory at "
                                 "0x%" PRIx64 ", and those of a kernel that "
                                 "says otherwise at 0x%" PRIx64,
                                 same->address, c->address);
    }
    *address_out = same->address;
    return 0;
}

/* --- both */

/* -EALREADY: by the same notes. */
static int ask_what_is_known(const struct learn_order *o,
                             const struct keylist *file, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist known = { 0 };
    bool recorded = false;
    int r = known_notes_read(o->connection->store, o->domid, true, &known,
                             &recorded, err);

    if (r || !recorded)
        return r;
    if (says_the_same(file, &known))
        return -EALREADY;
    return error_because(err, XR_REASON_WRONG_KERNEL, EEXIST, "the notes of "
                         "the guest's kernel are recorded, with SUSPEND_CANCEL "
                         "%.20s and GUEST_OS %.40s; the file says otherwise",
                         value_or_none(&known, "SUSPEND_CANCEL"),
                         value_or_none(&known, "GUEST_OS"));
}

static int compare_and_write(const struct learn_order *o,
                             const struct domain *domain,
                             const struct keylist *file, struct learned *out,
                             struct xr_error *err)
{
    CLEANUP_MEMORY_SCAN struct memory_scan scan = { .count = 0 };
    struct learned learned = { .written = !o->dry_run };
    int r = ask_what_is_known(o, file, err);

    if (r == -EALREADY) {
        *out = (struct learned){ .was_known = true };
        return 0;
    }
    if (!r)
        r = memory_scan(o->connection->xch, domain, &scan, err);
    if (!r)
        r = compare_scan(&scan, file, &learned.address, err);
    if (!r && !o->dry_run)
        r = known_notes_learn(o->connection->store, o->domid, domain->uuid,
                              file, err);
    if (!r)
        *out = learned;
    return r;
}

/* Under its lock no save begins by one verdict and ends by another. */
static int learn_locked(const struct learn_order *o,
                        const struct domain *domain,
                        const struct keylist *file, struct learned *out,
                        struct xr_error *err)
{
    struct lock_wish wish = o->lock;
    struct lock lock = LOCK_NONE;
    int r = 0;

    wish.uuid = domain->uuid;
    wish.domid = o->domid;
    if (!o->dry_run)
        r = lock_take(&wish, &lock, err);
    if (r == -EBUSY || r == -ECANCELED) {
        err->reason = r == -EBUSY ? XR_REASON_LOCKED : XR_REASON_CANCELLED;
        return r;
    }
    r = compare_and_write(o, domain, file, out, err);
    lock_release(&lock);
    return r;
}

int learn_kernel(const struct learn_order *o, struct learned *out,
                 struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist file = { 0 };
    struct domain domain;
    int r = domain_read(o->connection->xch, o->domid, &domain, err);

    if (!r)
        r = refuse_type(&domain, err);
    if (!r)
        r = read_kernel_file(o, &file, err);
    return r ? r : learn_locked(o, &domain, &file, out, err);
}
