/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/preflight.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/connection.h"
#include "cli/disk_use.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/table.h"
#include "lib/preflight.h"
#include "util/cleanup.h"
#include "xen/cpu_policy.h"
#include "xen/domain_use.h"
#include "xen/hypervisor.h"

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
                    const struct domain_config *config,
                    struct preflight_host *out)
{
    struct domain_use use;

    if (domain_find_use(c->xch, c->store, config->name, config->uuid, &use,
                        NULL))
        return;
    out->name = use.name ? PREFLIGHT_TAKEN : PREFLIGHT_FREE;
    out->uuid = use.uuid ? PREFLIGHT_TAKEN : PREFLIGHT_FREE;
}

static int ask_host(const struct connection *c,
                    const struct save_image *image,
                    const struct domain_config *config,
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
        .free_mib = xen.free_mib,
    };
    ask_cpu(c, image, out, why);
    ask_use(c, config, out);
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
    return error_set(err, ENOENT, "there is no configuration in JSON or XML");
}

int preflight_ask(int fd, const struct save_image *image,
                  const struct domain_config *config, struct preflight *out)
{
    static const struct domain_config nameless;
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP_FREE struct preflight_disk *disks = NULL;
    struct preflight_host host;
    struct xr_error err, why;

    if (connection_open(&connection, &err)
        || ask_host(&connection, image, config ? config : &nameless, &host,
                    &why, &err)
        || (config && disk_use_ask(&connection, config, &disks, &err)))
        return complain_error("this host", &err);
    host.disks = disks;
    preflight_init(out);
    preflight_image(out, image, fd);
    preflight_host(out, image, config, &host);
    return STATUS_YES;
}

static int fly(const char *path, int fd, struct preflight *out)
{
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    struct xr_error err;

    if (save_image_read(fd, NULL, NULL, &image, &err))
        return complain_error(path, &err);
    return preflight_ask(fd, &image,
                         preflight_read_config(&image, &config, &err)
                         ? NULL : &config, out);
}

static void print_json(const char *path, const struct preflight *p)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_text(g, "image", path);
    json_text(g, "restorable", verdict_answer_name(p->answer));
    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < p->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "what", p->findings[i].what);
        json_text(g, "says", verdict_answer_name(p->findings[i].says));
        json_text(g, "reason", p->findings[i].reason
                                   ? reason_name(p->findings[i].reason)
                                   : NULL);
        json_text(g, "detail", p->findings[i].detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

void preflight_print(const struct preflight *p)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "WHAT");
    table_column(t, "SAYS");
    table_column(t, "BECAUSE");
    for (i = 0; i < p->count; i++) {
        table_row(t);
        table_cell(t, p->findings[i].what);
        table_verdict(t, p->findings[i].says);
        table_cell(t, p->findings[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

static void print_text(const char *path, const struct preflight *p)
{
    print_line("Image", "%s", path);
    print_line("Restorable", "%s", verdict_answer_name(p->answer));
    printf("\n");
    preflight_print(p);
}

int preflight(const char *path, enum format format)
{
    static const int statuses[] = {
        [VERDICT_UNKNOWN] = STATUS_UNKNOWN,
        [VERDICT_YES] = STATUS_YES,
        [VERDICT_NO] = STATUS_NO,
    };
    CLEANUP_CLOSE int fd = input_open(path);
    struct preflight p = { .count = 0 };
    int status;

    if (fd < 0)
        return STATUS_ERROR;
    status = fly(path, fd, &p);
    if (status != STATUS_YES)
        return status;
    if (format == FORMAT_JSON)
        print_json(path, &p);
    else
        print_text(path, &p);
    return finish_output(statuses[p.answer]);
}
