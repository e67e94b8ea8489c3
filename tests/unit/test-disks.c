/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, hooks that run as root are told of a disk whose path somebody
 * else has chosen: a driver domain, or whoever can break the list's lines.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "xen/disks.h"
#include "xen/store.h"

#define LIBXL "/libxl/7/device/vbd"
#define LOCAL "/local/domain/0/backend/vbd/7/"
#define DRIVER "/local/domain/5/backend/vbd/7/"
#define DISK(backend, dev, path) \
    { backend "dev", dev }, { backend "mode", "w" }, \
    { backend "type", "phy" }, { backend "params", path }

struct node {
    const char *path, *value; /* NULL: it cannot be read */
};

/* A store of its own; where xenstored does not answer, there is none. */
static const struct node *nodes;
static const char *const children[] = { "51712", "51728", "51744" };

struct store {
    int unused;
};
static struct store only;

struct store *store_open(void)
{
    return nodes ? &only : NULL;
}

void store_close(struct store *store)
{
    (void)store;
}

char *store_read(struct store *store, const char *path)
{
    const struct node *node;

    (void)store;
    for (node = nodes; node->path; node++)
        if (!strcmp(node->path, path) && node->value)
            return strdup(node->value);
        else if (!strcmp(node->path, path))
            break;
    errno = node->path ? EIO : ENOENT;
    return NULL;
}

char **store_list(struct store *store, const char *path, size_t *count_out)
{
    char **copy = malloc(sizeof(children));

    (void)store;
    assert_string_equal(path, LIBXL);
    if (nodes->path && !strcmp(nodes->path, LIBXL)) {
        free(copy);
        errno = EIO;
        return NULL;
    }
    assert_non_null(copy);
    memcpy(copy, children, sizeof(children));
    *count_out = COUNT(children);
    return copy;
}

static void expect(const struct node *store, const char *list)
{
    char *is;

    nodes = store;
    is = disks_list(7);
    assert_string_equal(is, list);
    free(is);
}

static void test_own_disks_are_listed(void **state)
{
    static const struct node store[] = {
        { LIBXL "/51712/backend", LOCAL "51712" },
        DISK(LOCAL "51712/", "xvda", "/dev/vg/a b"),
        { LIBXL "/51744/backend", LOCAL "51744" },
        DISK(LOCAL "51744/", "xvdc", "aio:/srv/c.img"),
        { NULL, NULL },
    };

    (void)state;
    expect(store, "xvda w phy /dev/vg/a b\nxvdc w phy aio:/srv/c.img\n");
}

static void test_a_driver_domains_are_not(void **state)
{
    static const struct node store[] = {
        { LIBXL "/51712/backend", DRIVER "51712" },
        DISK(DRIVER "51712/", "xvda", "/dev/vg/root"),
        { LIBXL "/51728/backend", LOCAL "51728" },
        DISK(LOCAL "51728/", "xvdb", "/dev/vg/b"),
        { LIBXL "/51744/backend", "/local/domain/07/backend/vbd/7/51744" },
        DISK("/local/domain/07/backend/vbd/7/51744/", "xvdc", "/dev/vg/root"),
        { NULL, NULL },
    };

    (void)state;
    expect(store, "xvdb w phy /dev/vg/b\n");
}

static void test_what_breaks_a_line_is_not(void **state)
{
    static const struct node store[] = {
        { LIBXL "/51712/backend", LOCAL "51712" },
        DISK(LOCAL "51712/", "xvda", "/dev/a\nxvdz w phy /dev/vg/root"),
        { LIBXL "/51728/backend", LOCAL "51728" },
        DISK(LOCAL "51728/", "xvdb w phy /dev/vg/root", "/dev/b"),
        { LIBXL "/51744/backend", LOCAL "51744" }, /* and nothing there */
        { NULL, NULL },
    };

    (void)state;
    expect(store, "");
}

static void test_no_store_is_no_answer(void **state)
{
    (void)state;
    nodes = NULL;
    assert_null(disks_list(7));
}

/* Half a list is none: hooks would keep half of the disks. */
static void test_what_cannot_be_read_is_no_answer(void **state)
{
    static const struct node no_list[] = { { LIBXL, NULL }, { NULL, NULL } };
    static const struct node no_backend[] = {
        { LIBXL "/51712/backend", LOCAL "51712" },
        DISK(LOCAL "51712/", "xvda", "/dev/vg/a"),
        { LIBXL "/51728/backend", NULL },
        { NULL, NULL },
    };
    static const struct node no_target[] = {
        { LIBXL "/51712/backend", LOCAL "51712" },
        { LOCAL "51712/dev", "xvda" },
        { LOCAL "51712/mode", "w" },
        { LOCAL "51712/type", "phy" },
        { LOCAL "51712/params", NULL },
        { NULL, NULL },
    };

    (void)state;
    nodes = no_list;
    assert_null(disks_list(7));
    nodes = no_backend;
    assert_null(disks_list(7));
    nodes = no_target;
    assert_null(disks_list(7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_disks_are_listed),
        cmocka_unit_test(test_a_driver_domains_are_not),
        cmocka_unit_test(test_what_breaks_a_line_is_not),
        cmocka_unit_test(test_no_store_is_no_answer),
        cmocka_unit_test(test_what_cannot_be_read_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
