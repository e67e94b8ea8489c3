/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a configuration says of virtual interfaces and PCI devices.  libxl names
 * a device's function, device, bus and domain side by side; from Xen 4.15 on
 * they are in a "bdf" of their own.  What is zero, it leaves out.
 */
#include "config.h"

#include "lib/domain_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/values.h"

/* What libxl takes where no bridge is said. */
#define USUAL_BRIDGE "xenbr0"

typedef int take_device(const struct values *v, uint32_t node,
                        struct domain_config *out);

/* Calls take for each member of an array, or each element of that path. */
static int each_device(const struct values *v, const char *path, bool xml,
                       take_device *take, struct domain_config *out)
{
    uint32_t first = values_find(v, path), node;
    int r = 0;

    for (node = first; first && !r && node < v->count; node++)
        if ((xml && node == first)
            || (v->nodes[node].kind == VALUE_MEMBER
                && v->nodes[node].parent == first))
            r = take(v, node, out);
    return r;
}

/* NULL: nothing is said, or an empty text. */
static const char *text_below(const struct values *v, uint32_t node,
                              const char *path)
{
    uint32_t found = values_find_below(v, node, path);

    return found && v->nodes[found].value_length
           && v->nodes[found].type != VALUE_NULL ? value_of(v, found) : NULL;
}

static bool is_other_domain(const char *backend)
{
    return backend && strcmp(backend, "0") && strcmp(backend, "Domain-0");
}

static int add_vif(struct domain_config *out, const char *bridge,
                   const char *backend)
{
    struct domain_vif *vif;

    if (out->vif_count == DOMAIN_CONFIG_VIFS_MAX) {
        out->more_devices = true;
        return 0;
    }
    vif = &out->vifs[out->vif_count];
    vif->bridge = strdup(bridge);
    if (!vif->bridge)
        return -ENOMEM;
    out->vif_count++;
    if (!is_other_domain(backend))
        return 0;
    vif->backend = strdup(backend);
    return vif->backend ? 0 : -ENOMEM;
}

/* Scripts that route, or that a site has made, may need no bridge. */
static bool wants_bridge(const char *script)
{
    return !script || strstr(script, "vif-bridge")
           || strstr(script, "vif-openvswitch");
}

static int take_nic(const struct values *v, uint32_t node,
                    struct domain_config *out)
{
    const char *bridge = text_below(v, node, ".bridge");
    const char *backend = text_below(v, node, ".backend_domname");

    if (!backend)
        backend = text_below(v, node, ".backend_domid");
    if (!wants_bridge(text_below(v, node, ".script")))
        return 0;
    return add_vif(out, bridge ? bridge : USUAL_BRIDGE, backend);
}

/* What is on a network of libvirt's, libvirt sees to. */
static int take_interface(const struct values *v, uint32_t node,
                          struct domain_config *out)
{
    const char *type = text_below(v, node, "@type");
    const char *bridge = text_below(v, node, "/source@bridge");

    return type && !strcmp(type, "bridge") && bridge
           && wants_bridge(text_below(v, node, "/script@path"))
               ? add_vif(out, bridge, text_below(v, node,
                                                 "/backenddomain@name"))
               : 0;
}

static uint64_t number_below(const struct values *v, uint32_t node,
                             const char *path)
{
    const char *text = text_below(v, node, path);

    return text ? strtoull(text, NULL, 0) : 0;
}

static int add_pci(const struct values *v, uint32_t node,
                   const char *const names[4], struct domain_config *out)
{
    if (out->pci_count == DOMAIN_CONFIG_PCI_MAX) {
        out->more_devices = true;
        return 0;
    }
    out->pci[out->pci_count++] = (struct domain_pci){
        .domain = number_below(v, node, names[0]),
        .bus = number_below(v, node, names[1]),
        .dev = number_below(v, node, names[2]),
        .func = number_below(v, node, names[3]),
    };
    return 0;
}

static int take_pcidev(const struct values *v, uint32_t node,
                       struct domain_config *out)
{
    static const char *const names[] = { ".domain", ".bus", ".dev", ".func" };
    uint32_t bdf = values_find_below(v, node, ".bdf");

    return add_pci(v, bdf ? bdf : node, names, out);
}

static int take_hostdev(const struct values *v, uint32_t node,
                        struct domain_config *out)
{
    static const char *const names[] = {
        "/source/address@domain", "/source/address@bus",
        "/source/address@slot", "/source/address@function",
    };
    const char *type = text_below(v, node, "@type");

    return type && !strcmp(type, "pci") ? add_pci(v, node, names, out) : 0;
}

int domain_devices_read(const struct values *values, bool xml,
                        struct domain_config *out)
{
    int r;

    out->vifs = calloc(DOMAIN_CONFIG_VIFS_MAX, sizeof(*out->vifs));
    out->pci = calloc(DOMAIN_CONFIG_PCI_MAX, sizeof(*out->pci));
    if (!out->vifs || !out->pci)
        return -ENOMEM;
    r = each_device(values, xml ? "domain/devices/interface" : "nics", xml,
                    xml ? take_interface : take_nic, out);
    if (!r)
        r = each_device(values, xml ? "domain/devices/hostdev" : "pcidevs",
                        xml, xml ? take_hostdev : take_pcidev, out);
    return r;
}
