/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake_xen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>

#include <xen/hvm/params.h>

struct fake_xen fake;

enum { NODES_MAX = 300 };
static struct {
    char path[128];
    char value[4096];
    unsigned int owner;
} nodes[NODES_MAX];
static size_t node_count;

/* Nothing of the real handle is used. */
static int xs_memory;

static bool fails(void)
{
    if (++fake.calls != fake.fail_call)
        return false;
    errno = EIO;
    return true;
}

/* Each program has a folder for its locks, so that many can run at once. */
static void make_run_dir(void)
{
    static char run_dir[] = "/tmp/fake-run-XXXXXX";
    char lock[64];

    if (!strstr(run_dir, "XXXXXX")) {
        snprintf(lock, sizeof(lock), "%s/" FAKE_UUID, run_dir);
        unlink(lock);
    } else if (!mkdtemp(run_dir) || setenv("XR_RUN_DIR", run_dir, 1)) {
        abort();
    }
}

void fake_reset(void)
{
    make_run_dir();
    fake = (struct fake_xen){
        .domain_exists = true,
        .version = 4 << 16 | 17,
        .log_dirty = true,
        .incarnation = 1,
    };
    node_count = 0;
}

static size_t find_node(const char *path)
{
    size_t i;

    for (i = 0; i < node_count; i++)
        if (!strcmp(nodes[i].path, path))
            break;
    return i;
}

static void set_path(const char *path, const char *value, size_t n)
{
    size_t i = find_node(path);

    if (i == NODES_MAX)
        abort();
    if (i == node_count) {
        nodes[i].owner = 0;
        node_count++;
    }
    snprintf(nodes[i].path, sizeof(nodes[i].path), "%s", path);
    snprintf(nodes[i].value, sizeof(nodes[i].value), "%.*s", (int)n, value);
}

static void node_path(char path[128], const char *node)
{
    snprintf(path, 128, "/local/domain/%d/%s", FAKE_DOMID, node);
}

void fake_store_set(const char *node, const char *value)
{
    char path[128];

    node_path(path, node);
    set_path(path, value, strlen(value));
}

void fake_store_set_path(const char *path, const char *value)
{
    set_path(path, value, strlen(value));
}

const char *fake_store_get(const char *node)
{
    char path[128];
    size_t i;

    node_path(path, node);
    i = find_node(path);
    return i < node_count ? nodes[i].value : NULL;
}

unsigned int fake_store_owner(const char *node)
{
    char path[128];
    size_t i;

    node_path(path, node);
    i = find_node(path);
    return i < node_count ? nodes[i].owner : UINT_MAX;
}

/* libxenctrl */

/* Nothing of the real handle is used. */
static int xc_memory;

xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild_logger,
                                unsigned int open_flags)
{
    (void)logger;
    (void)dombuild_logger;
    (void)open_flags;
    if (fails())
        return NULL;
    fake.open_interfaces++;
    return (xc_interface *)&xc_memory;
}

int xc_interface_close(xc_interface *xch)
{
    fake.open_interfaces -= xch != NULL;
    return 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max,
                          xc_domaininfo_t *info)
{
    (void)xch;
    (void)max;
    if (fails())
        return -1;
    if (!fake.domain_exists || first > FAKE_DOMID)
        return 0;
    memset(info, 0, sizeof(*info));
    info->domain = FAKE_DOMID;
    info->handle[0] = 0xab;
    if (fake.hvm)
        info->flags |= XEN_DOMINF_hvm_guest;
    if (fake.paused)
        info->flags |= XEN_DOMINF_paused;
    if (fake.emulated)
        info->arch_config.emulation_flags = XEN_X86_EMU_PIT;
    if (fake.shutdown)
        info->flags |= XEN_DOMINF_shutdown
                       | fake.shutdown_reason << XEN_DOMINF_shutdownshift;
    return 1;
}

int xc_hvm_param_get(xc_interface *xch, uint32_t dom, uint32_t param,
                     uint64_t *value)
{
    (void)xch;
    (void)dom;
    if (fails())
        return -1;
    *value = param == HVM_PARAM_ACPI_S_STATE ? fake.sleep_state
                                             : fake.callback_irq;
    return 0;
}

int xc_domain_get_tsc_info(xc_interface *xch, uint32_t domid,
                           uint32_t *tsc_mode, uint64_t *elapsed_nsec,
                           uint32_t *gtsc_khz, uint32_t *incarnation)
{
    (void)xch;
    (void)domid;
    if (fails())
        return -1;
    *tsc_mode = *gtsc_khz = 0;
    *elapsed_nsec = 0;
    *incarnation = fake.incarnation;
    return 0;
}

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    (void)xch;
    if (fails())
        return -1;
    if (cmd == XENVER_extraversion)
        strcpy(arg, ".7");
    return cmd == XENVER_version ? fake.version : 0;
}

int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    (void)xch;
    (void)info;
    return fails() ? -1 : 0;
}

/* libxenstore */

#if XEN_RELEASE_NUMBER >= 416
int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop,
                      unsigned int *mb, unsigned int mode)
{
    (void)mb;
    (void)mode;
#else
int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop,
                      xc_hypercall_buffer_t *dirty_bitmap,
                      unsigned long pages, unsigned long *mb, uint32_t mode,
                      xc_shadow_op_stats_t *stats)
{
    (void)dirty_bitmap;
    (void)pages;
    (void)mb;
    (void)mode;
    (void)stats;
#endif
    (void)xch;
    if (domid != FAKE_DOMID || sop != XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY
        || fake.log_dirty) {
        errno = EINVAL;
        return -1;
    }
    fake.log_dirty = true;
    return 0;
}

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    if (fails())
        return NULL;
    fake.open_connections++;
    return (struct xs_handle *)&xs_memory;
}

void xs_close(struct xs_handle *xsh)
{
    fake.open_connections -= xsh != NULL;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    size_t i = find_node(path);

    (void)h;
    (void)t;
    if (fails())
        return NULL;
    if (i == node_count) {
        errno = ENOENT;
        return NULL;
    }
    *len = (unsigned int)strlen(nodes[i].value);
    return strdup(nodes[i].value);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
              const void *data, unsigned int len)
{
    (void)h;
    (void)t;
    if (fails())
        return false;
    set_path(path, data, len);
    return true;
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    (void)h;
    (void)t;
    if (fails())
        return false;
    if (find_node(path) == node_count)
        set_path(path, "", 0);
    return true;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
                        const char *path, struct xs_permissions *perms,
                        unsigned int num_perms)
{
    size_t i = find_node(path);

    (void)h;
    (void)t;
    if (fails())
        return false;
    if (i == node_count || num_perms != 1) {
        errno = ENOENT;
        return false;
    }
    nodes[i].owner = perms->id;
    return true;
}

/* Children in one block, as libxenstore gives them. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned int *num)
{
    size_t n = strlen(path), i;
    char **names;
    char *text;

    (void)h;
    (void)t;
    if (fails())
        return NULL;
    names = calloc(1, NODES_MAX * (sizeof(char *) + sizeof(nodes[0].path)));
    if (!names)
        return NULL;
    text = (char *)(names + NODES_MAX);
    *num = 0;
    for (i = 0; i < node_count; i++) {
        const char *rest = nodes[i].path + n + 1;

        if (strncmp(nodes[i].path, path, n) || nodes[i].path[n] != '/'
            || strchr(rest, '/'))
            continue;
        strcpy(text, rest);
        names[(*num)++] = text;
        text += strlen(text) + 1;
    }
    if (*num)
        return names;
    free(names);
    errno = ENOENT;
    return NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    (void)h;
    return fails() ? XBT_NULL : 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    (void)h;
    (void)t;
    (void)abort;
    return !fails();
}
