/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A disk of a domain that is to be: is it there, is it free, and is it still the
 * one that the guest's memory knows?  Memory that is restored over another
 * state of a disk destroys its file system.
 */
#include "config.h"

#include "lib/preflight.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void say_no(struct preflight_finding *finding, enum xr_reason reason)
{
    if (finding)
        finding->reason = reason;
}

static const char *vdev_of(const struct domain_disk *disk)
{
    return disk->dev ? disk->dev : "a disk";
}

static void say_in_use(struct preflight *p, const struct domain_disk *disk,
                       const struct preflight_disk *here)
{
    say_no(preflight_add(p, "disk", VERDICT_NO, "%.70s is in use: it is "
                         "%.110s, or shares bytes with it", disk->path,
                         here->holder), XR_REASON_DISK_IN_USE);
}

static void say_changed(struct preflight *p, const struct domain_disk *disk,
                        const struct preflight_disk *here)
{
    say_no(preflight_add(p, "disk", VERDICT_NO, "%.16s (%.60s) is not as it "
                         "was when the guest was saved: %.40s; %s"
                         "--disks=as-they-are ruins its file system, if it has "
                         "been written to",
                         vdev_of(disk), disk->path, here->why,
                         here->has_copy ? "restore --disks=back puts its copy "
                                          "back, " : "restore "),
           XR_REASON_DISK_CHANGED);
}

static void say_other_disk(struct preflight *p, const struct domain_disk *disk,
                           const struct preflight_disk *here)
{
    say_no(preflight_add(p, "disk", VERDICT_NO, "%.16s (%.60s) is not the one "
                         "whose copy was kept: %.40s; if it is moved away, or "
                         "renamed, the copy can be put back in its place",
                         vdev_of(disk), disk->path, here->why),
           XR_REASON_DISK_CHANGED);
}

/* The guest will see another medium; it ruins nothing. */
static void say_other_medium(struct preflight *p,
                             const struct domain_disk *disk,
                             const struct preflight_disk *here)
{
    struct preflight_finding *finding =
        preflight_add(p, "disk", VERDICT_UNKNOWN, "%.16s (%.60s) is not as it "
                      "was when the guest was saved: %.40s; the guest only "
                      "reads it", vdev_of(disk), disk->path, here->why);

    if (finding)
        finding->is_warning = true;
}

static void say_missing(struct preflight *p, const struct domain_disk *disk,
                        const char *why, const struct preflight_disk *here)
{
    preflight_add(p, "disk", VERDICT_NO, "%.100s: %.60s%s", disk->path, why,
                  here && here->has_copy
                  ? "; restore --disks=back puts its copy back" : "");
}

static void say_not_told(struct preflight *p, const struct domain_disk *disk)
{
    struct preflight_finding *finding =
        preflight_add(p, "disk", VERDICT_UNKNOWN, "%.16s (%.100s) is there, "
                      "and free; whether it was written to since the guest "
                      "was saved is unknown", vdev_of(disk), disk->path);

    if (finding)
        finding->is_warning = true;
}

/*
 * Its checkpoint has kept a copy, and let the guest go on: the disk has most
 * likely gone on, too.
 */
static void say_gone_on(struct preflight *p, const struct domain_disk *disk)
{
    say_no(preflight_add(p, "disk", VERDICT_NO, "%.16s (%.60s) may have been "
                         "written to since the guest was saved; restore "
                         "--disks=back puts its copy back, --disks=as-they-are "
                         "ruins its file system, if it has been",
                         vdev_of(disk), disk->path), XR_REASON_DISK_CHANGED);
}

static void say_as_it_is(struct preflight *p, const struct domain_disk *disk,
                         const struct preflight_disk *here)
{
    preflight_add(p, "disk", VERDICT_YES, "%.90s is there, and free; it is "
                  "taken as it is: %.60s", disk->path, here->why);
}

/* Of a device nobody can tell. */
static bool may_have_changed(const struct domain_disk *disk,
                             const struct preflight_disk *here)
{
    return here->state == PREFLIGHT_DISK_NOT_TOLD && disk->written
           && !here->as_it_is;
}

/* It is there, and nobody has it. */
static void check_state(struct preflight *p, const struct domain_disk *disk,
                        const struct preflight_disk *here)
{
    if (here->state == PREFLIGHT_DISK_CHANGED && here->as_it_is)
        say_as_it_is(p, disk, here);
    else if (here->state == PREFLIGHT_DISK_CHANGED && here->is_other)
        say_other_disk(p, disk, here);
    else if (here->state == PREFLIGHT_DISK_CHANGED && !disk->written)
        say_other_medium(p, disk, here);
    else if (here->state == PREFLIGHT_DISK_CHANGED)
        say_changed(p, disk, here);
    else if (may_have_changed(disk, here) && here->has_copy)
        say_gone_on(p, disk);
    else if (may_have_changed(disk, here))
        say_not_told(p, disk);
    else if (here->incomplete)
        preflight_add(p, "disk", VERDICT_UNKNOWN,
                      "%s is there; not all the files that it is made of could "
                      "be found", disk->path);
    else
        preflight_add(p, "disk", VERDICT_YES, "%s is there, and free",
                      disk->path);
}

static void check_disk_use(struct preflight *p, const struct domain_disk *disk,
                           const struct preflight_disk *here)
{
    enum preflight_use use = here ? here->use : PREFLIGHT_NOT_ASKED;

    if (use == PREFLIGHT_TAKEN)
        say_in_use(p, disk, here);
    else if (use == PREFLIGHT_NOT_ASKED)
        preflight_add(p, "disk", VERDICT_UNKNOWN,
                      "%s: it is unknown whether a domain uses it",
                      disk->path);
    else if (here->state == PREFLIGHT_DISK_PUT_BACK)
        preflight_add(p, "disk", VERDICT_YES, "%s is free: its copy is put "
                      "back", disk->path);
    else
        check_state(p, disk, here);
}

void preflight_disk(struct preflight *p, const struct domain_disk *disk,
                    const struct preflight_disk *here)
{
    bool put_back = here && here->state == PREFLIGHT_DISK_PUT_BACK;

    if (here && here->state == PREFLIGHT_DISK_MADE)
        preflight_add(p, "disk", VERDICT_YES, "%.20s is made of its copy: %s",
                      vdev_of(disk), disk->path);
    else if (disk->backend)
        preflight_add(p, "disk", VERDICT_UNKNOWN,
                      "%s: domain %s serves it, which was not asked",
                      disk->path, disk->backend);
    else if (disk->path[0] != '/')
        preflight_add(p, "disk", VERDICT_UNKNOWN, "%s is not a path",
                      disk->path);
    else if (!put_back && access(disk->path, F_OK))
        say_missing(p, disk, strerror(errno), here);
    else
        check_disk_use(p, disk, here);
}
