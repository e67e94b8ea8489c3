/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/obstacles.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/device_model.h"
#include "util/cleanup.h"
#include "util/number.h"

#define DOM0 "/local/domain/0/"

enum {
    PATH_ROOM = 256,
    NAME_ROOM = 160,
};

/* Where one looks for obstacles, and what is found. */
struct search {
    xc_interface *xch;
    struct store *store;
    const struct judgement *j;
    const char *device_models;
    struct obstacles *found;
    struct xr_error *err;
};

/* The next one, for its text and step; the last is overwritten if all are used. */
static struct obstacle *add_obstacle(struct search *s, enum xr_reason reason,
                                     const char *source)
{
    struct obstacles *found = s->found;
    struct obstacle *o;

    if (found->count < OBSTACLES_MAX)
        found->count++;
    o = &found->items[found->count - 1];
    *o = (struct obstacle){
        .says = reason ? VERDICT_NO : VERDICT_UNKNOWN,
        .reason = reason,
        .source = source,
    };
    return o;
}

__attribute__((format(printf, 2, 3)))
static void write_text(char text[OBSTACLE_TEXT_MAX], const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, OBSTACLE_TEXT_MAX, format, ap);
    va_end(ap);
}

/* A value of xenstore's; *out is NULL where there is none, or none to read. */
static int read_value(struct search *s, char **out, const char *path)
{
    *out = store_read(s->store, path);
    if (*out || errno == ENOENT || errno == EBADMSG || errno == EACCES)
        return 0;
    return error_system(s->err, errno, "cannot read %s", path);
}

static bool domain_has_ended(const struct domain *d)
{
    return d->dying || (d->shutdown && !domain_is_suspended(d));
}

static int look_at_state(struct search *s)
{
    const struct domain *d = &s->j->domain;
    struct obstacle *o;
    bool asked;
    int r;

    if (domain_has_ended(d)) {
        o = add_obstacle(s, XR_REASON_GUEST_DIED, "xen");
        write_text(o->text, "it %s already", domain_state(d));
        return 0;
    }
    r = domain_is_asked_to_suspend(s->xch, d, &asked, s->err);
    if (r || !asked)
        return r;
    if (d->paused) {
        o = add_obstacle(s, XR_REASON_PAUSED, "xen");
        write_text(o->text, "it is paused, and such a guest must run to be "
                   "suspended");
        write_text(o->step, "xl unpause %.*s", NAME_ROOM, s->j->name);
    }
    if (s->j->verdict.suspendable == VERDICT_NO) {
        o = add_obstacle(s, XR_REASON_NOT_SUSPENDABLE, "guest");
        write_text(o->text, "it does not suspend: it says so in "
                   "control/feature-suspend");
    }
    return 0;
}

/* xapi's guests: their tools say why they cannot be suspended at the moment. */
static int look_at_guest_tools(struct search *s)
{
    CLEANUP_FREE char *why = NULL;
    char path[PATH_ROOM];
    struct obstacle *o;
    int r;

    snprintf(path, sizeof(path), "/local/domain/%u/data/cant_suspend_reason",
             s->j->domain.domid);
    r = read_value(s, &why, path);
    if (r || !why || !*why)
        return r;
    o = add_obstacle(s, XR_REASON_NOT_SUSPENDABLE, "guest");
    write_text(o->text, "it cannot be suspended: it says in "
               "data/cant_suspend_reason: %s", why);
    return 0;
}

/* The address of its first PCI device, as libxl wrote it down; "" if unknown. */
static int read_pci_address(struct search *s, char address[32])
{
    CLEANUP_FREE char *value = NULL;
    char path[PATH_ROOM];
    int r;

    snprintf(path, sizeof(path), DOM0 "backend/pci/%u/0/dev-0",
             s->j->domain.domid);
    r = read_value(s, &value, path);
    snprintf(address, 32, "%s", value ? value : "");
    return r;
}

static int look_at_pci(struct search *s)
{
    CLEANUP_FREE char *value = NULL;
    char path[PATH_ROOM], address[32];
    uint64_t count;
    struct obstacle *o;
    int r;

    snprintf(path, sizeof(path), DOM0 "backend/pci/%u/0/num_devs",
             s->j->domain.domid);
    r = read_value(s, &value, path);
    if (r || !value || !number_parse(value, &count) || !count)
        return r;
    r = read_pci_address(s, address);
    if (r)
        return r;
    o = add_obstacle(s, XR_REASON_HAS_PCI_DEVICES, "libxl");
    write_text(o->text, "it has a PCI device%s%s, whose state cannot be saved",
               *address ? ", " : "", address);
    if (*address)
        write_text(o->step, "xl pci-detach %.*s %s", NAME_ROOM, s->j->name,
                   address);
    return 0;
}

/* The numbers of its devices of a kind; NULL: it has none. */
static int list_devices(struct search *s, const char *kind, char ***out,
                        size_t *count_out)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "/libxl/%u/device/%s", s->j->domain.domid,
             kind);
    *count_out = 0;
    *out = store_list(s->store, path, count_out);
    if (*out || errno == ENOENT || errno == EACCES)
        return 0;
    return error_system(s->err, errno, "cannot read %s", path);
}

static int look_at_vtpm(struct search *s)
{
    CLEANUP_FREE char **devices = NULL;
    struct obstacle *o;
    size_t count;
    int r = list_devices(s, "vtpm", &devices, &count);

    if (r || !count)
        return r;
    o = add_obstacle(s, XR_REASON_NOT_SUSPENDABLE, "libxl");
    write_text(o->text, "it has a virtual TPM, whose state cannot be saved");
    write_text(o->step, "xl vtpm-detach %.*s %.20s", NAME_ROOM, s->j->name,
               devices[0]);
    return 0;
}

static int look_at_device_model(struct search *s)
{
    char text[OBSTACLE_TEXT_MAX / 2];
    struct obstacle *o;

    if (s->j->type != GUEST_HVM)
        return 0;
    switch (device_model_ask(s->device_models, s->j->domain.domid, text,
                             sizeof(text))) {
    case DEVICE_MODEL_CAN_SAVE:
        break;
    case DEVICE_MODEL_CANNOT:
        o = add_obstacle(s, XR_REASON_NOT_SUSPENDABLE, "qemu");
        write_text(o->text, "its device model cannot save its devices: %s",
                   text);
        break;
    case DEVICE_MODEL_DOUBTS:
        o = add_obstacle(s, XR_REASON_NONE, "qemu");
        write_text(o->text, "its device model does not support migration, and "
                   "may not restore from an image: %s", text);
        break;
    case DEVICE_MODEL_SILENT:
        o = add_obstacle(s, XR_REASON_NONE, "qemu");
        write_text(o->text, "cannot ask its device model whether it can save "
                   "its devices: %s", text);
        break;
    }
    return 0;
}

/* The domain that serves a disk: what stands behind /local/domain/ there. */
static int read_backend_domain(struct search *s, const char *device,
                               uint64_t *out)
{
    static const char before[] = "/local/domain/";
    CLEANUP_FREE char *backend = NULL;
    char path[PATH_ROOM];
    int r;

    snprintf(path, sizeof(path), "/libxl/%u/device/vbd/%.20s/backend",
             s->j->domain.domid, device);
    r = read_value(s, &backend, path);
    *out = 0;
    if (r || !backend || strncmp(backend, before, strlen(before)))
        return r;
    backend[strlen(before) + strcspn(backend + strlen(before), "/")] = '\0';
    if (!number_parse(backend + strlen(before), out))
        *out = 0;
    return 0;
}

/* Said once, whatever the number of such disks. */
static int look_at_disks(struct search *s)
{
    CLEANUP_FREE char **devices = NULL;
    struct obstacle *o;
    size_t count, i;
    uint64_t domid;
    int r = list_devices(s, "vbd", &devices, &count);

    for (i = 0; !r && i < count; i++) {
        r = read_backend_domain(s, devices[i], &domid);
        if (r || !domid)
            continue;
        o = add_obstacle(s, XR_REASON_NONE, "libxl");
        write_text(o->text, "domain %u serves one of its disks, and was not "
                   "asked whether it can be saved", (unsigned int)domid);
        break;
    }
    return r;
}

int obstacles_find(xc_interface *xch, struct store *store,
                   const struct judgement *judgement,
                   const char *device_models, struct obstacles *out,
                   struct xr_error *err)
{
    static int (*const looks[])(struct search *) = {
        look_at_state, look_at_pci, look_at_vtpm, look_at_guest_tools,
        look_at_device_model, look_at_disks,
    };
    struct search s = {
        xch, store, judgement,
        device_models ? device_models : DEVICE_MODEL_DIR, out, err,
    };
    size_t i;
    int r = 0;

    out->count = 0;
    if (!judgement->domain.domid) {
        write_text(add_obstacle(&s, XR_REASON_IS_DOMAIN_0, "xen")->text,
                   "it is Domain-0, which cannot be saved");
        return 0;
    }
    if (domain_is_suspended(&judgement->domain)
        && !judgement->domain.dying)
        return 0;
    for (i = 0; !r && i < sizeof(looks) / sizeof(looks[0]); i++)
        r = looks[i](&s);
    return r;
}

const struct obstacle *obstacles_refusal(const struct obstacles *obstacles)
{
    size_t i;

    for (i = 0; i < obstacles->count; i++)
        if (obstacles->items[i].says == VERDICT_NO)
            return &obstacles->items[i];
    return NULL;
}
