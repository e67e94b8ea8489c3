/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has the disks that were made for a domain?  Whoever is asked here is about to
 * remove them: where it cannot be told, they stay.
 *
 * A domain has them while it is there, under its own uuid or any other; while somebody
 * is at work on it; while libvirt knows it, which makes it anew when the guest
 * reboots; and for as long as a definition speaks of them, from which it can be
 * started.  A domain that has gone without anybody's wish, or that was saved, may
 * be wanted again, and so may one that had them for longer than somebody tries
 * something out: then somebody is to say so.
 */
#include "config.h"

#include "engine/disk_clones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "domain/clone_mark.h"
#include "domain/lock.h"
#include "engine/boot.h"
#include "engine/copies_ledger.h"
#include "engine/disk_use.h"
#include "engine/rollback_note.h"
#include "util/cleanup.h"
#include "virt/virt.h"
#include "xen/domain.h"

enum { OLD_S = 24 * 60 * 60 };

static enum clones_use use_because(enum clones_use use,
                                   char why[CLONES_WHY_ROOM],
                                   const char *text)
{
    snprintf(why, CLONES_WHY_ROOM, "%s", text);
    return use;
}

bool clones_have_domain(const char *uuid, const struct connection *connection,
                        char why[CLONES_WHY_ROOM])
{
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;
    struct xr_error err;
    int r = domain_list(connection->xch, &domains, &count, &err);
    bool found = r;

    snprintf(why, CLONES_WHY_ROOM, "%s", r ? err.message
                                           : "the domain is there");
    for (i = 0; i < count; i++)
        found |= !strcasecmp(domains[i].uuid, uuid);
    return found;
}

/* Also who has attached one to a domain of another uuid, or mounted it. */
static enum clones_use look_who_has_disks(const struct disk_copies *c,
                                          const struct connection *connection,
                                          char why[CLONES_WHY_ROOM])
{
    struct xr_error err;
    size_t i;

    for (i = 0; i < c->count; i++)
        if (disk_use_refuse_writing(connection, c->items[i].target,
                                    c->items[i].format, &err))
            return use_because(CLONES_USED, why, err.message);
    return CLONES_FREE;
}

static enum clones_use look_at_work(const struct disk_copies *c,
                                    char why[CLONES_WHY_ROOM])
{
    CLEANUP_ROLLBACK_NOTE struct rollback_note note = { .name = NULL };
    char text[LOCK_TEXT_ROOM];
    int r = rollback_note_read(c->uuid, &note, NULL);

    if (lock_is_busy(c->uuid, LOCK_NO_DOMID, text))
        return use_because(CLONES_USED, why, text);
    return r == -ENOENT ? CLONES_FREE
           : use_because(CLONES_USED, why, "a rollback of the domain has not "
                         "ended");
}

/* While a guest of libvirt's reboots, there may be no domain. */
static enum clones_use look_at_libvirt(const struct disk_copies *c,
                                       char why[CLONES_WHY_ROOM])
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };
    int r;

    if (!c->by || strcmp(c->by, "libvirt"))
        return CLONES_FREE;
    r = virt_find_domain(c->uuid, &d, NULL);
    if (r == -ENOENT)
        return CLONES_FREE;
    return r ? use_because(CLONES_SPARED, why, "libvirt, which had the domain, "
                           "does not answer")
             : use_because(CLONES_USED, why, "libvirt knows the domain");
}

struct target_search {
    const struct disk_copies *clones;
    bool found;
};

static void see_whether_target(const char *id, enum copies_state state,
                               void *data)
{
    CLEANUP_COPIES struct disk_copies kept = DISK_COPIES_NONE;
    struct target_search *s = data;
    size_t i, k;
    int r = 0;

    if (state == COPIES_CLONES || s->found)
        return;
    r = ledger_take(id, state, &kept, NULL);
    /* Somebody is at work on it: it may be, and it is asked again. */
    s->found = r == -EBUSY;
    for (i = 0; !r && i < kept.count; i++)
        for (k = 0; k < s->clones->count; k++)
            s->found |= !strcmp(kept.items[i].target,
                                s->clones->items[k].target);
}

/* Disks that the copies of a checkpoint of the domain go back to. */
static bool are_targets_of_copies(const struct disk_copies *c)
{
    struct target_search s = { .clones = c };

    return ledger_each(see_whether_target, &s, NULL) || s.found;
}

/* It was last written to when the domain could have them for the first time. */
static bool are_old(const struct disk_copies *c)
{
    struct stat st;

    return fstat(c->lock, &st) || time(NULL) - st.st_mtime > OLD_S;
}

static enum clones_use look_at_wishes(const struct disk_copies *c,
                                      char why[CLONES_WHY_ROOM])
{
    if (!c->begun)
        return CLONES_FREE;
    if (clone_was_saved(c->uuid))
        return use_because(CLONES_SPARED, why, "the domain was saved, and its "
                           "image may be there");
    if (are_targets_of_copies(c))
        return use_because(CLONES_SPARED, why, "there are checkpoints of the "
                           "domain, with copies of these disks");
    if (!boot_is_this(c->boot))
        return use_because(CLONES_SPARED, why, "the host was started anew "
                           "since, and the domain with it may be wanted");
    if (are_old(c))
        return use_because(CLONES_SPARED, why, "they were made more than a day "
                           "ago, and what is on them may be wanted");
    return CLONES_FREE;
}

enum clones_use clones_look(const struct disk_copies *c,
                            const struct connection *connection,
                            char why[CLONES_WHY_ROOM])
{
    enum clones_use use;

    if (clones_have_domain(c->uuid, connection, why))
        return CLONES_USED;
    *why = '\0';
    use = look_at_work(c, why);
    if (use == CLONES_FREE)
        use = look_who_has_disks(c, connection, why);
    if (use == CLONES_FREE && clones_are_defined(c, why))
        use = CLONES_USED;
    if (use == CLONES_FREE)
        use = look_at_libvirt(c, why);
    return use == CLONES_FREE ? look_at_wishes(c, why) : use;
}
