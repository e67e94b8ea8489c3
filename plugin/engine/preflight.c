/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/preflight.h"

#include <errno.h>
#include <string.h>

#include "xen/connection.h"
#include "engine/disk_use.h"
#include "engine/rollback_note.h"
#include "lib/preflight.h"
#include "util/cleanup.h"
#include "xen/cpu_policy.h"
#include "xen/domain.h"
#include "xen/domain_use.h"
#include "xen/hypervisor.h"

enum { PAGES_PER_MIB = 256 };

/* Why not, where the CPU is concerned, goes to why. */
static void ask_cpu(const struct connection *c,
                    const struct save_image *image,
                    struct preflight_host *out, struct xr_error *why)
{
    int r = cpu_policy_compare(c->xch, save_image_is_hvm(image),
                               (const uint8_t *)image->cpuid.data,
                               image->cpuid.length,
                               (const uint8_t *)image->msrs.data,
                               image->msrs.length, why);

    out->cpu = !r ? VERDICT_YES : r == -EPERM ? VERDICT_NO : VERDICT_UNKNOWN;
    out->cpu_reason = r ? why->message : NULL;
}

static void ask_use(const struct connection *c,
                    const struct domain_config *config, uint32_t except,
                    struct preflight_host *out)
{
    struct domain_use use;

    if (domain_find_use(c->xch, c->store, config->name, config->uuid, except,
                        &use, NULL))
        return;
    out->name = use.name ? PREFLIGHT_TAKEN : PREFLIGHT_FREE;
    out->uuid = use.uuid ? PREFLIGHT_TAKEN : PREFLIGHT_FREE;
}

/* What a domain has that will have gone. */
static uint64_t memory_of(const struct connection *c, uint32_t domid)
{
    struct domain d;

    return domid && !domain_read(c->xch, domid, &d, NULL)
           ? d.pages / PAGES_PER_MIB : 0;
}

static int ask_host(const struct connection *c,
                    const struct save_image *image,
                    const struct domain_config *config, uint32_t except,
                    struct preflight_host *out, struct xr_error *why,
                    struct xr_error *err)
{
    struct hypervisor xen;
    int r = hypervisor_read(c->xch, &xen, err);

    if (r)
        return r;
    *out = (struct preflight_host){
        .xen_major = xen.major,
        .xen_minor = xen.minor,
        .pv = xen.pv,
        .hvm = xen.hvm,
        .total_mib = xen.total_mib,
        .free_mib = xen.free_mib + memory_of(c, except),
    };
    ask_cpu(c, image, out, why);
    ask_use(c, config, except, out);
    return 0;
}

int preflight_read_config(const struct save_image *image,
                          struct domain_config *out, struct xr_error *err)
{
    if (image->xml)
        return domain_config_from_xml(image->xml, out, err);
    if (image->config && image->config_is_json)
        return domain_config_from_json(image->config, image->config_length,
                                       out, err);
    return error_set(err, ENOENT, "it has no configuration in JSON or XML");
}

int preflight_ask(int fd, const struct save_image *image,
                  const struct domain_config *config,
                  const struct preflight_wish *wish, struct preflight *out,
                  struct xr_error *err)
{
    static const struct preflight_wish none;
    static const struct domain_config nameless;
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP_FREE struct preflight_disk *disks = NULL;
    struct preflight_host host;
    struct xr_error why;
    int r = connection_open(&connection, err);

    if (!wish)
        wish = &none;
    if (!r)
        r = ask_host(&connection, image, config ? config : &nameless,
                     wish->except, &host, &why, err);
    if (!r && config)
        r = disk_use_ask(&connection, config, wish->except, &disks, err);
    if (!r && config)
        r = disk_state_ask(&image->metadata, config, &wish->disks, disks, err);
    if (r)
        return r;
    host.disks = disks;
    preflight_init(out);
    preflight_image(out, image, fd);
    preflight_host(out, image, config, &host);
    preflight_ask_toolstack(image, config, out);
    return 0;
}

/* As a restore that takes the disks as they are would be refused. */
static void ask_about_note(const struct domain_config *config,
                           struct preflight *out)
{
    struct preflight_finding *finding;
    struct xr_error why;

    if (!config->disk_count || !rollback_note_refuse(config->uuid, &why))
        return;
    finding = preflight_add(out, "disk", VERDICT_NO, "%s", why.message);
    if (finding)
        finding->reason = why.reason;
}

int preflight_image_here(int fd, const char *path, const struct events *events,
                         struct preflight *out, struct xr_error *err)
{
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    int r = save_image_read(fd, NULL, NULL, &image, err);

    if (r)
        return events_fail_file(events, path, err);
    r = preflight_ask(fd, &image, preflight_read_config(&image, &config, err)
                                  ? NULL : &config, NULL, out, err);
    if (r)
        return events_fail(events, "this host", err);
    ask_about_note(&config, out);
    return 0;
}
