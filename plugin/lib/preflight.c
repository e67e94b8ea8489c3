/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/verify.h"

enum { STREAM_3_MINOR = 14 }; /* Xen 4.14 is the first to read version 3 */

void preflight_init(struct preflight *p)
{
    p->answer = VERDICT_YES;
    p->count = 0;
}

/* What a no of that name is to programs. */
static enum xr_reason reason_of(const char *what)
{
    static const struct {
        const char *what;
        enum xr_reason reason;
    } reasons[] = {
        { "image", XR_REASON_NOT_SOUND },
        { "xen", XR_REASON_XEN_OLDER },
        { "cpu", XR_REASON_CPU },
        { "memory", XR_REASON_MEMORY },
        { "name", XR_REASON_NAME_IN_USE },
        { "uuid", XR_REASON_UUID_IN_USE },
        { "disk", XR_REASON_DISK_MISSING },
        { "bridge", XR_REASON_BRIDGE_MISSING },
        { "pci", XR_REASON_DEVICE_MISSING },
        { "libvirt", XR_REASON_NO_LIBVIRT },
    };
    size_t i;

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (!strcmp(reasons[i].what, what))
            return reasons[i].reason;
    return XR_REASON_NONE;
}

struct preflight_finding *preflight_add(struct preflight *p, const char *what,
                                        enum verdict_answer says,
                                        const char *detail, ...)
{
    struct preflight_finding *finding;
    va_list ap;

    if (says == VERDICT_NO || (says == VERDICT_UNKNOWN
                               && p->answer == VERDICT_YES))
        p->answer = says;
    if (p->count == PREFLIGHT_FINDINGS_MAX)
        return NULL;
    finding = &p->findings[p->count++];
    finding->what = what;
    finding->says = says;
    finding->reason = says == VERDICT_NO ? reason_of(what) : XR_REASON_NONE;
    finding->is_warning = false;
    va_start(ap, detail);
    vsnprintf(finding->detail, sizeof(finding->detail), detail, ap);
    va_end(ap);
    return finding;
}

void preflight_image(struct preflight *p, const struct save_image *image,
                     int fd)
{
    static const struct verify_options options = { .structure = true };
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct problems *problems = &result.problems;
    struct xr_error err = { .code = 0 };

    if (!image->size)
        preflight_add(p, "image", VERDICT_UNKNOWN,
                      "only the head of a pipe is read");
    else if (verify_image(fd, &options, &result, &err))
        preflight_add(p, "image", VERDICT_UNKNOWN, "it %s",
                      verify_cannot_judge(-err.code)
                      ? err.message : "could not be read to its end");
    else if (result.ok)
        preflight_add(p, "image", VERDICT_YES, "complete, %" PRIu64 " records",
                      result.records);
    else if (problems->count && problems->items[0].what)
        preflight_add(p, "image", VERDICT_NO, "%s, at offset %" PRIu64,
                      problems->items[0].what, problems->items[0].offset);
    else
        preflight_add(p, "image", VERDICT_NO, "it is not sound");
}

static void check_xen(struct preflight *p, const struct save_image *image,
                      const struct preflight_host *host)
{
    uint64_t there = (uint64_t)image->xen_major << 32 | image->xen_minor;
    uint64_t here = (uint64_t)host->xen_major << 32
                    | (unsigned int)host->xen_minor;
    char versions[80];

    snprintf(versions, sizeof(versions), "saved on Xen %" PRIu32 ".%" PRIu32
             ", this is %d.%d", image->xen_major, image->xen_minor,
             host->xen_major, host->xen_minor);
    if (image->stream_version > 2 && host->xen_major == 4
        && host->xen_minor < STREAM_3_MINOR)
        preflight_add(p, "xen", VERDICT_NO,
                      "%s, which does not read such streams", versions);
    else if (here < there)
        preflight_add(p, "xen", VERDICT_UNKNOWN, "%s: an older Xen may "
                      "restore it",
                      versions);
    else
        preflight_add(p, "xen", VERDICT_YES, "%s", versions);
}

static void check_type(struct preflight *p, const struct save_image *image,
                       const struct preflight_host *host)
{
    const char *type = save_image_type(image);

    if (save_image_is_hvm(image) ? host->hvm : host->pv)
        preflight_add(p, "type", VERDICT_YES, "%s guests run here", type);
    else
        preflight_add(p, "type", VERDICT_NO, "this host runs no %s guests",
                      type);
}

static void check_cpu(struct preflight *p, const struct save_image *image,
                      const struct preflight_host *host)
{
    const char *reason = host->cpu_reason;

    if (!image->cpuid.length)
        preflight_add(p, "cpu", VERDICT_UNKNOWN,
                      "the image does not say what CPU the guest had");
    else if (host->cpu == VERDICT_YES)
        preflight_add(p, "cpu", VERDICT_YES,
                      "this host has all that the guest had");
    else
        preflight_add(p, "cpu", host->cpu, "%s",
                      reason ? reason : "unknown");
}

/* dom0 may give memory away when xl asks it to: too little is not a no. */
static void check_memory(struct preflight *p, uint64_t wanted,
                         const struct preflight_host *host)
{
    if (!wanted)
        preflight_add(p, "memory", VERDICT_UNKNOWN,
                      "the image does not say how much the guest wants");
    else if (wanted <= host->free_mib)
        preflight_add(p, "memory", VERDICT_YES,
                      "%" PRIu64 " MiB wanted, %" PRIu64 " MiB free", wanted,
                      host->free_mib);
    else if (wanted >= host->total_mib)
        preflight_add(p, "memory", VERDICT_NO,
                      "%" PRIu64 " MiB wanted, this host has %" PRIu64
                      " MiB in all", wanted, host->total_mib);
    else
        preflight_add(p, "memory", VERDICT_UNKNOWN,
                      "%" PRIu64 " MiB wanted, %" PRIu64 " MiB free: domain 0 "
                      "would have to give some", wanted, host->free_mib);
}

static void check_use(struct preflight *p, const char *what,
                      const char *value, enum preflight_use use)
{
    if (!value)
        return;
    if (use == PREFLIGHT_NOT_ASKED)
        preflight_add(p, what, VERDICT_UNKNOWN,
                      "the domains here cannot be listed");
    else if (use == PREFLIGHT_TAKEN)
        preflight_add(p, what, VERDICT_NO, "%s is in use", value);
    else
        preflight_add(p, what, VERDICT_YES, "%s is free", value);
}

void preflight_host(struct preflight *p, const struct save_image *image,
                    const struct domain_config *config,
                    const struct preflight_host *host)
{
    size_t i;

    check_xen(p, image, host);
    check_type(p, image, host);
    check_cpu(p, image, host);
    if (!config) {
        preflight_add(p, "configuration", VERDICT_UNKNOWN,
                      "the image has no configuration that can be read");
        return;
    }
    check_memory(p, config->memory_kib / 1024, host);
    check_use(p, "name", config->name, host->name);
    check_use(p, "uuid", config->uuid, host->uuid);
    if (config->more_disks)
        preflight_add(p, "disk", VERDICT_UNKNOWN, "it has more than %d disks; "
                      "the others were not looked at", DOMAIN_CONFIG_DISKS_MAX);
    for (i = 0; i < config->disk_count; i++)
        preflight_disk(p, &config->disks[i],
                       host->disks ? &host->disks[i] : NULL);
    preflight_devices(p, config);
}
