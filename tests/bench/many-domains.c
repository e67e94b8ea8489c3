/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Xen of 200 PV domains and their xenstore, to be preloaded into
 * "xen-resumable check --all".  At the end the number of requests to xenstored
 * goes to the file that BENCH_REQUESTS names.
 *
 * Each function of libxenstore that is here is one request; a function that is
 * not here would reach for the real xenstored, and the command would fail.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenstore.h>

enum { DOMAINS = 200 };

/* Nothing of the real handles is used. */
static int xc_memory, xs_memory;
static unsigned long requests;

/* Nodes of a domain's directory; its name is made up. */
static const struct {
    const char *name, *value;
} nodes[] = {
    { "control/feature-suspend", "1" },
    { "image/entry", "16777216" },
    { "image/guest-os", "linux" },
    { "image/guest-version", "2.6" },
    { "image/hypercall-page", "18446744071578849280" },
    { "image/loader", "generic" },
    { "image/suspend-cancel", "1" },
    { "image/virt-base", "18446744071562067968" },
    { "image/xen-resumable", "build 1.0" },
    { "image/xen-version", "xen-3.0" },
};
enum { NODES = sizeof(nodes) / sizeof(nodes[0]) };

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("BENCH_REQUESTS");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "%lu\n", requests);
    fclose(file);
}

/* What follows /local/domain/N/, or NULL. */
static const char *in_domain(const char *path, unsigned int *domid)
{
    int n = 0;

    if (sscanf(path, "/local/domain/%u/%n", domid, &n) != 1 || !n)
        return NULL;
    return path + n;
}

xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild_logger,
                                unsigned int open_flags)
{
    (void)logger;
    (void)dombuild_logger;
    (void)open_flags;
    return (xc_interface *)&xc_memory;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
                          xc_domaininfo_t *info)
{
    unsigned int n;

    (void)xch;
    for (n = 0; n < max && first + n <= DOMAINS; n++) {
        memset(&info[n], 0, sizeof(info[n]));
        info[n].domain = (domid_t)(first + n);
        info[n].handle[0] = (uint8_t)(first + n);
    }
    return (int)n;
}

int xc_domain_get_tsc_info(xc_interface *xch, uint32_t domid,
                           uint32_t *tsc_mode, uint64_t *elapsed_nsec,
                           uint32_t *gtsc_khz, uint32_t *incarnation)
{
    (void)xch;
    (void)domid;
    *tsc_mode = *gtsc_khz = 0;
    *elapsed_nsec = 0;
    *incarnation = 1;
    return 0;
}

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    return (struct xs_handle *)&xs_memory;
}

void xs_close(struct xs_handle *xsh)
{
    (void)xsh;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    unsigned int domid, i;
    const char *node = in_domain(path, &domid);
    char *value = NULL;

    (void)h;
    (void)t;
    requests++;
    if (node && !strcmp(node, "name") && asprintf(&value, "guest%u", domid) < 0)
        return NULL;
    for (i = 0; node && i < NODES; i++)
        if (!strcmp(node, nodes[i].name))
            value = strdup(nodes[i].value);
    if (value)
        *len = (unsigned int)strlen(value);
    else
        errno = ENOENT;
    return value;
}

/* Children in one block, as libxenstore gives them. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned int *num)
{
    unsigned int domid, i;
    const char *node = in_domain(path, &domid);
    size_t n = node ? strlen(node) : 0;
    char **names = calloc(1, NODES * (sizeof(*names) + 64));
    char *text = names ? (char *)(names + NODES) : NULL;

    (void)h;
    (void)t;
    requests++;
    *num = 0;
    for (i = 0; names && node && i < NODES; i++) {
        if (strncmp(nodes[i].name, node, n) || nodes[i].name[n] != '/')
            continue;
        names[(*num)++] = strcpy(text, nodes[i].name + n + 1);
        text += strlen(text) + 1;
    }
    if (*num)
        return names;
    free(names);
    errno = ENOENT;
    return NULL;
}
