/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bridges and PCI devices that a configuration wants, on this host.  What a
 * toolstack or its scripts would find out later, when half a domain is there.
 */
#include "config.h"

#include "lib/preflight.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/path.h"

enum { PCI_PATH_ROOM = 128 };

static bool is_said_before(const struct domain_config *config, size_t i)
{
    size_t before;

    for (before = 0; before < i; before++)
        if (!strcmp(config->vifs[before].bridge, config->vifs[i].bridge)
            && !config->vifs[before].backend == !config->vifs[i].backend)
            return true;
    return false;
}

/* Open vSwitch's script takes "BRIDGE.VLAN" and "BRIDGE:TRUNKS", too. */
static bool is_interface_here(const char *bridge)
{
    char name[IF_NAMESIZE];
    size_t n = strcspn(bridge, ".:");

    if (if_nametoindex(bridge))
        return true;
    if (!bridge[n] || n >= sizeof(name))
        return false;
    memcpy(name, bridge, n);
    name[n] = '\0';
    return if_nametoindex(name);
}

static void check_bridge(struct preflight *p, const struct domain_vif *vif)
{
    if (vif->backend)
        preflight_add(p, "bridge", VERDICT_UNKNOWN, "%.80s: domain %.80s "
                      "has it, which was not asked", vif->bridge,
                      vif->backend);
    else if (is_interface_here(vif->bridge))
        preflight_add(p, "bridge", VERDICT_YES, "%.80s is there",
                      vif->bridge);
    else
        preflight_add(p, "bridge", VERDICT_NO, "there is no %.80s here",
                      vif->bridge);
}

/* Bound to a driver, it is the host's; xl gives away what pciback has. */
static void check_pci(struct preflight *p, const struct domain_pci *pci)
{
    char name[64], path[PCI_PATH_ROOM], driver[256];
    ssize_t n;

    snprintf(name, sizeof(name), "%04x:%02x:%02x.%x",
             (unsigned int)pci->domain, (unsigned int)pci->bus,
             (unsigned int)pci->dev, (unsigned int)pci->func);
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", name);
    n = readlink(path, driver, sizeof(driver) - 1);
    driver[n > 0 ? n : 0] = '\0';
    if (n > 0 && path_names(driver, "pciback")) {
        preflight_add(p, "pci", VERDICT_YES, "%s can be given away", name);
        return;
    }
    path[strlen(path) - strlen("/driver")] = '\0';
    if (access(path, F_OK))
        preflight_add(p, "pci", VERDICT_NO, "there is no device %s here",
                      name);
    else
        preflight_add(p, "pci", VERDICT_UNKNOWN, "%s is there; it is not "
                      "pciback's yet", name);
}

void preflight_devices(struct preflight *p, const struct domain_config *config)
{
    size_t i;

    for (i = 0; i < config->vif_count; i++)
        if (!is_said_before(config, i))
            check_bridge(p, &config->vifs[i]);
    for (i = 0; i < config->pci_count; i++)
        check_pci(p, &config->pci[i]);
    if (config->more_devices)
        preflight_add(p, "bridge", VERDICT_UNKNOWN, "it has more than %d "
                      "interfaces or devices; the others were not looked at",
                      DOMAIN_CONFIG_VIFS_MAX);
}
