/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/domain_config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "util/cleanup.h"

enum {
    DEPTH_KEPT = 2,   /* keys deeper than that are of no interest */
    DEPTH_MAX = 1000,
    KEY_MAX = 32,
};

struct parse {
    struct domain_config *config;
    char keys[DEPTH_KEPT][KEY_MAX]; /* of the maps around, outermost first */
    unsigned int maps;
    unsigned int depth;             /* of maps and arrays */
};

static int set_text(char **to, const char *text, size_t n)
{
    free(*to);
    *to = strndup(text, n);
    return *to != NULL;
}

static int add_disk(struct domain_config *config, const char *path, size_t n)
{
    char **disks, *copy;

    if (!n || config->disk_count == DOMAIN_CONFIG_DISKS_MAX)
        return 1;
    disks = reallocarray(config->disks, config->disk_count + 1,
                         sizeof(*disks));
    if (!disks)
        return 0;
    config->disks = disks;
    copy = strndup(path, n);
    if (!copy)
        return 0;
    disks[config->disk_count++] = copy;
    return 1;
}

static bool stands_at(const struct parse *p, const char *outer,
                      const char *inner)
{
    return p->maps == 2 && !strcmp(p->keys[0], outer)
           && !strcmp(p->keys[1], inner);
}

static int on_string(void *data, const unsigned char *bytes, size_t n)
{
    const char *text = (const char *)bytes;
    struct parse *p = data;

    if (stands_at(p, "c_info", "name"))
        return set_text(&p->config->name, text, n);
    if (stands_at(p, "c_info", "uuid"))
        return set_text(&p->config->uuid, text, n);
    if (stands_at(p, "disks", "pdev_path"))
        return add_disk(p->config, text, n);
    return 1;
}

static int on_number(void *data, const char *text, size_t n)
{
    struct parse *p = data;
    char number[24] = "";

    if (n >= sizeof(number))
        return 1;
    memcpy(number, text, n);
    if (stands_at(p, "b_info", "max_vcpus"))
        p->config->max_vcpus = strtoull(number, NULL, 10);
    if (stands_at(p, "b_info", "max_memkb"))
        p->config->memory_kib = strtoull(number, NULL, 10);
    return 1;
}

static int on_key(void *data, const unsigned char *bytes, size_t n)
{
    struct parse *p = data;
    char *key;

    if (p->maps < 1 || p->maps > DEPTH_KEPT)
        return 1;
    key = p->keys[p->maps - 1];
    if (n >= KEY_MAX)
        n = 0;
    memcpy(key, bytes, n);
    key[n] = '\0';
    return 1;
}

static int on_open_map(void *data)
{
    struct parse *p = data;

    p->maps++;
    return ++p->depth <= DEPTH_MAX;
}

static int on_close_map(void *data)
{
    struct parse *p = data;

    p->maps--;
    p->depth--;
    return 1;
}

static int on_open_array(void *data)
{
    struct parse *p = data;

    return ++p->depth <= DEPTH_MAX;
}

static int on_close_array(void *data)
{
    struct parse *p = data;

    p->depth--;
    return 1;
}

/* xl counts its NUL and a newline to the text. */
static size_t trimmed(const char *text, size_t n)
{
    while (n && (unsigned char)text[n - 1] <= ' ')
        n--;
    return n;
}

static int parse_all(yajl_handle parser, const char *text, size_t n,
                     struct xr_error *err)
{
    const unsigned char *bytes = (const unsigned char *)text;
    yajl_status status = yajl_parse(parser, bytes, n);

    if (status == yajl_status_ok)
        status = yajl_complete_parse(parser);
    if (status == yajl_status_ok)
        return 0;
    if (status == yajl_status_client_canceled)
        return error_set(err, EINVAL, "the configuration is nested too deep, "
                         "or memory is short");
    return error_at(err, EINVAL, yajl_get_bytes_consumed(parser),
                    "the configuration is no JSON");
}

int domain_config_from_json(const char *text, size_t n,
                            struct domain_config *out, struct xr_error *err)
{
    static const yajl_callbacks callbacks = {
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_open_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_close_map,
        .yajl_start_array = on_open_array,
        .yajl_end_array = on_close_array,
    };
    struct parse p = { .config = out };
    yajl_handle parser;
    int r;

    *out = (struct domain_config){ 0 };
    parser = yajl_alloc(&callbacks, NULL, &p);
    if (!parser)
        return error_set(err, ENOMEM, "out of memory");
    r = parse_all(parser, text, trimmed(text, n), err);
    yajl_free(parser);
    if (r)
        domain_config_free(out);
    return r;
}

/* The text of the first element of that name, up to the next tag. */
static const char *element(const char *xml, const char *name, size_t *n)
{
    size_t length = strlen(name);
    const char *at = xml;

    while ((at = strchr(at, '<'))) {
        at++;
        if (strncmp(at, name, length) || !strchr(" \t\n>", at[length]))
            continue;
        at = strchr(at, '>');
        if (!at)
            return NULL;
        at++;
        *n = strcspn(at, "<");
        return at;
    }
    return NULL;
}

static uint64_t xml_number(const char *xml, const char *name)
{
    size_t n;
    const char *text = element(xml, name, &n);

    return text && n < 21 ? strtoull(text, NULL, 10) : 0;
}

/* <source file='...'/> and <source dev='...'/> of disks. */
static int xml_disks(const char *xml, struct domain_config *out)
{
    const char *at = xml, *end, *path;

    while ((at = strstr(at, "<disk "))) {
        end = strstr(at, "</disk>");
        at = strstr(at, "<source ");
        if (!at || !end)
            return 1;
        if (at > end) {
            at = end;
            continue;
        }
        at += strlen("<source ");
        if (strncmp(at, "file=", 5) && strncmp(at, "dev=", 4))
            continue;
        path = strchr(at, '=') + 1;
        if (*path && !add_disk(out, path + 1, strcspn(path + 1, "'\"")))
            return 0;
    }
    return 1;
}

int domain_config_from_xml(const char *text, struct domain_config *out,
                           struct xr_error *err)
{
    const char *found;
    int ok = 1;
    size_t n;

    *out = (struct domain_config){
        .max_vcpus = xml_number(text, "vcpu"),
        .memory_kib = xml_number(text, "memory"),
    };
    found = element(text, "name", &n);
    if (found)
        ok = set_text(&out->name, found, n);
    found = element(text, "uuid", &n);
    if (ok && found)
        ok = set_text(&out->uuid, found, n);
    if (ok && xml_disks(text, out))
        return 0;
    domain_config_free(out);
    return error_set(err, ENOMEM, "out of memory");
}

void domain_config_free(struct domain_config *config)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < config->disk_count; i++)
        free(config->disks[i]);
    free(config->disks);
    free(config->name);
    free(config->uuid);
    *config = (struct domain_config){ 0 };
    errno = saved;
}
