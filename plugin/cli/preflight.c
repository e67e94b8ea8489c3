/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/connection.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/table.h"
#include "lib/domain_config.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"
#include "xen/cpu_policy.h"
#include "xen/domain.h"
#include "xen/hypervisor.h"

enum {
    FINDINGS_MAX = 64,
    STREAM_3_MINOR = 14, /* Xen 4.14 is the first to read version 3 */
};

struct finding {
    const char *what;
    enum verdict_answer says;
    char detail[200];
};

struct flight {
    const char *path;
    struct connection connection;
    struct hypervisor host;
    struct save_image image;
    struct domain_config config;
    bool has_config;
    struct finding findings[FINDINGS_MAX];
    size_t count;
};

__attribute__((format(printf, 4, 5)))
static void find(struct flight *f, const char *what,
                 enum verdict_answer says, const char *detail, ...)
{
    struct finding *finding;
    va_list ap;

    if (f->count == FINDINGS_MAX)
        return;
    finding = &f->findings[f->count++];
    finding->what = what;
    finding->says = says;
    va_start(ap, detail);
    vsnprintf(finding->detail, sizeof(finding->detail), detail, ap);
    va_end(ap);
}

/* Of a pipe only the head is here. */
static void check_image(struct flight *f, int fd)
{
    static const struct verify_options options = { .structure = true };
    CLEANUP_VERIFY struct verify_result result = { .ok = false };

    if (!f->image.size) {
        find(f, "image", VERDICT_UNKNOWN, "of a pipe only the head is read");
        return;
    }
    if (verify_image(fd, &options, &result, NULL))
        find(f, "image", VERDICT_UNKNOWN, "it could not be read to its end");
    else if (result.ok)
        find(f, "image", VERDICT_YES, "complete, %" PRIu64 " records",
             result.records);
    else
        find(f, "image", VERDICT_NO, "%s, at offset %" PRIu64,
             result.problems.count && result.problems.items[0].what
             ? result.problems.items[0].what : "it is not sound",
             result.problems.count ? result.problems.items[0].offset : 0);
}

static void check_xen(struct flight *f)
{
    const struct save_image *image = &f->image;
    uint64_t there = (uint64_t)image->xen_major << 32 | image->xen_minor;
    uint64_t here = (uint64_t)f->host.major << 32 | (unsigned)f->host.minor;
    char versions[80];

    snprintf(versions, sizeof(versions), "saved on Xen %" PRIu32 ".%" PRIu32
             ", this is %d.%d", image->xen_major, image->xen_minor,
             f->host.major, f->host.minor);
    if (image->stream_version > 2 && f->host.major == 4
        && f->host.minor < STREAM_3_MINOR)
        find(f, "xen", VERDICT_NO, "%s, which does not read such streams",
             versions);
    else if (here < there)
        find(f, "xen", VERDICT_UNKNOWN, "%s: an older Xen may do", versions);
    else
        find(f, "xen", VERDICT_YES, "%s", versions);
}

static void check_type(struct flight *f)
{
    const char *type = save_image_type(&f->image);

    if (save_image_is_hvm(&f->image) ? f->host.hvm : f->host.pv)
        find(f, "type", VERDICT_YES, "%s guests run here", type);
    else
        find(f, "type", VERDICT_NO, "this host runs no %s guests", type);
}

static void check_cpu(struct flight *f)
{
    const struct save_image *image = &f->image;
    struct xr_error err;
    int r;

    if (!image->cpuid.length) {
        find(f, "cpu", VERDICT_UNKNOWN, "the image does not say what CPU the "
             "guest had");
        return;
    }
    r = cpu_policy_compare(f->connection.xch, save_image_is_hvm(&f->image),
                           (const uint8_t *)image->cpuid.data,
                           image->cpuid.length,
                           (const uint8_t *)image->msrs.data,
                           image->msrs.length, &err);
    if (!r)
        find(f, "cpu", VERDICT_YES, "this host offers what the guest had");
    else
        find(f, "cpu", r == -EPERM ? VERDICT_NO : VERDICT_UNKNOWN, "%s",
             err.message);
}

/* dom0 may give memory away when xl asks it to: too little is not a no. */
static void check_memory(struct flight *f)
{
    uint64_t wanted = f->config.memory_kib / 1024;

    if (!wanted)
        find(f, "memory", VERDICT_UNKNOWN, "the image does not say how much "
             "the guest wants");
    else if (wanted <= f->host.free_mib)
        find(f, "memory", VERDICT_YES, "%" PRIu64 " MiB wanted, %" PRIu64
             " MiB free", wanted, f->host.free_mib);
    else if (wanted >= f->host.total_mib)
        find(f, "memory", VERDICT_NO, "%" PRIu64 " MiB wanted, this host has "
             "%" PRIu64 " MiB in all", wanted, f->host.total_mib);
    else
        find(f, "memory", VERDICT_UNKNOWN, "%" PRIu64 " MiB wanted, %" PRIu64
             " MiB free: domain 0 would have to give some", wanted,
             f->host.free_mib);
}

static void check_names(struct flight *f)
{
    CLEANUP_FREE struct domain *domains = NULL;
    bool name_taken = false, uuid_taken = false;
    size_t count = 0, i;

    if (domain_list(f->connection.xch, &domains, &count, NULL)) {
        find(f, "name", VERDICT_UNKNOWN, "the domains here cannot be listed");
        return;
    }
    for (i = 0; i < count; i++) {
        CLEANUP_FREE char *name = store_read_domain(f->connection.store,
                                                    domains[i].domid, "name");

        name_taken |= f->config.name && name
                      && !strcmp(name, f->config.name);
        uuid_taken |= f->config.uuid
                      && !strcasecmp(domains[i].uuid, f->config.uuid);
    }
    if (f->config.name)
        find(f, "name", name_taken ? VERDICT_NO : VERDICT_YES, "%s is %s",
             f->config.name, name_taken ? "in use" : "free");
    if (f->config.uuid)
        find(f, "uuid", uuid_taken ? VERDICT_NO : VERDICT_YES, "%s is %s",
             f->config.uuid, uuid_taken ? "in use" : "free");
}

static void check_disks(struct flight *f)
{
    size_t i;

    for (i = 0; i < f->config.disk_count; i++) {
        const char *disk = f->config.disks[i];

        if (disk[0] != '/')
            find(f, "disk", VERDICT_UNKNOWN, "%s is no path", disk);
        else if (access(disk, F_OK))
            find(f, "disk", VERDICT_NO, "%s: %s", disk, strerror(errno));
        else
            find(f, "disk", VERDICT_YES, "%s is there", disk);
    }
}

static void read_config(struct flight *f)
{
    const struct save_image *image = &f->image;

    if (image->xml)
        f->has_config = !domain_config_from_xml(image->xml, &f->config, NULL);
    else if (image->config && image->config_is_json)
        f->has_config = !domain_config_from_json(image->config,
                                                 strlen(image->config),
                                                 &f->config, NULL);
    if (!f->has_config)
        find(f, "configuration", VERDICT_UNKNOWN, "the image has none that "
             "could be read");
}

/* Any no, else any unknown, else yes. */
static enum verdict_answer worst(const struct flight *f)
{
    enum verdict_answer answer = VERDICT_YES;
    size_t i;

    for (i = 0; i < f->count; i++) {
        if (f->findings[i].says == VERDICT_NO)
            return VERDICT_NO;
        if (f->findings[i].says == VERDICT_UNKNOWN)
            answer = VERDICT_UNKNOWN;
    }
    return answer;
}

static void print_json(const struct flight *f)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_text(g, "image", f->path);
    json_text(g, "restorable", verdict_answer_name(worst(f)));
    json_key(g, "checks");
    yajl_gen_array_open(g);
    for (i = 0; i < f->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "what", f->findings[i].what);
        json_text(g, "says", verdict_answer_name(f->findings[i].says));
        json_text(g, "detail", f->findings[i].detail);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

static void print_text(const struct flight *f)
{
    struct table *t = table_new();
    size_t i;

    print_line("Image", "%s", f->path);
    print_line("Restorable", "%s", verdict_answer_name(worst(f)));
    printf("\n");
    table_column(t, "WHAT");
    table_column(t, "SAYS");
    table_column(t, "BECAUSE");
    for (i = 0; i < f->count; i++) {
        table_row(t);
        table_cell(t, f->findings[i].what);
        table_verdict(t, f->findings[i].says);
        table_cell(t, f->findings[i].detail);
    }
    table_print(t, "");
    table_free(t);
}

static int fly(struct flight *f, int fd)
{
    struct xr_error err;

    if (save_image_read(fd, NULL, NULL, &f->image, &err))
        return complain_error(f->path, &err);
    if (connection_open(&f->connection, &err)
        || hypervisor_read(f->connection.xch, &f->host, &err))
        return complain_error("check --here", &err);
    check_image(f, fd);
    check_xen(f);
    check_type(f);
    check_cpu(f);
    read_config(f);
    if (!f->has_config)
        return STATUS_YES;
    check_memory(f);
    check_names(f);
    check_disks(f);
    return STATUS_YES;
}

int preflight(const char *path, enum format format)
{
    static const int statuses[] = {
        [VERDICT_UNKNOWN] = STATUS_UNKNOWN,
        [VERDICT_YES] = STATUS_YES,
        [VERDICT_NO] = STATUS_NO,
    };
    struct flight f = { .path = path };
    CLEANUP_CLOSE int fd = input_open(path);
    int status;

    if (fd < 0)
        return STATUS_ERROR;
    status = fly(&f, fd);
    if (status == STATUS_YES) {
        if (format == FORMAT_JSON)
            print_json(&f);
        else
            print_text(&f);
        status = statuses[worst(&f)];
    }
    connection_close(&f.connection);
    domain_config_free(&f.config);
    save_image_free(&f.image);
    return finish_output(status);
}
