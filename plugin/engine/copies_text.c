/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands in a ledger's file.
 */
#include "config.h"

#include "engine/copies_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"
#include "util/cleanup.h"

static char **text_of(struct disk_copy *c, const char *key)
{
    return !strcmp(key, "target") ? &c->target
           : !strcmp(key, "format") ? &c->format
           : !strcmp(key, "driver") ? &c->driver
           : !strcmp(key, "copy") ? &c->copy : NULL;
}

/* The one of that name, made if need be; NULL: no memory. */
static struct disk_copy *copy_of(struct disk_copies *c, const char *dev,
                                 size_t length)
{
    struct disk_copy *items;
    size_t i;

    for (i = 0; i < c->count; i++)
        if (strlen(c->items[i].dev) == length
            && !memcmp(c->items[i].dev, dev, length))
            return &c->items[i];
    items = reallocarray(c->items, c->count + 1, sizeof(*items));
    if (!items)
        return NULL;
    c->items = items;
    items[c->count] = (struct disk_copy){ .dev = strndup(dev, length) };
    return items[c->count].dev ? &items[c->count++] : NULL;
}

/* "disk.xvda.copy"; a later release may say more. */
static int take_noted_disk(struct disk_copies *c, const struct keypair *pair)
{
    const char *dev = pair->key + strlen("disk."), *end = strchr(dev, '.');
    struct disk_copy *copy;
    char **text;

    if (!end || end == dev)
        return 0;
    copy = copy_of(c, dev, (size_t)(end - dev));
    if (!copy)
        return -ENOMEM;
    text = text_of(copy, end + 1);
    if (!text)
        return 0;
    free(*text);
    *text = strdup(pair->value);
    return *text ? 0 : -ENOMEM;
}

static int take_noted_text(const struct keylist *list, const char *key, char **out)
{
    const char *value = keylist_get(list, key);

    *out = value ? strdup(value) : NULL;
    return !value ? -EBADMSG : *out ? 0 : -ENOMEM;
}

static void take_mark(const struct keylist *list, const char *key,
                      struct file_mark *out)
{
    const char *value = keylist_get(list, key);

    if (!value || !file_mark_parse(value, out))
        *out = (struct file_mark){ .is_set = false };
}

static bool is_whole(const struct disk_copies *c)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        if (!c->items[i].target || !c->items[i].format || !c->items[i].driver
            || !c->items[i].copy)
            return false;
    return c->count;
}

/* What stands there of clones alone; by may stay NULL. */
static void take_clones(const struct keylist *list, struct disk_copies *c)
{
    const char *by = keylist_get(list, "by");
    const char *boot = keylist_get(list, "boot");

    c->by = by ? strdup(by) : NULL;
    snprintf(c->boot, sizeof(c->boot), "%s", boot ? boot : "");
    c->begun = keylist_get(list, "begun") != NULL;
}

/* Into what is empty but for its id, its state and its lock. */
static int take_ledger(const struct keylist *list, struct disk_copies *c)
{
    const char *id = keylist_get(list, "id");
    size_t i;
    int r;

    if (!id || strcmp(id, c->id))
        return -EBADMSG;
    r = take_noted_text(list, "image", &c->image);
    if (!r)
        r = take_noted_text(list, "name", &c->name);
    if (!r)
        r = take_noted_text(list, "uuid", &c->uuid);
    for (i = 0; !r && i < list->count; i++)
        if (!strncmp(list->pairs[i].key, "disk.", strlen("disk.")))
            r = take_noted_disk(c, &list->pairs[i]);
    take_clones(list, c);
    take_mark(list, "file", &c->file);
    take_mark(list, "other", &c->other);
    take_mark(list, "folder", &c->folder);
    return r ? r : is_whole(c) ? 0 : -EBADMSG;
}

void copies_forget(struct disk_copies *c)
{
    while (c->count) {
        struct disk_copy *item = &c->items[--c->count];

        free(item->dev);
        free(item->target);
        free(item->format);
        free(item->driver);
        free(item->copy);
    }
    free(c->items);
    c->items = NULL;
    cleanup_free(&c->image);
    cleanup_free(&c->name);
    cleanup_free(&c->uuid);
    cleanup_free(&c->by);
    c->image = c->name = c->uuid = c->by = NULL;
    c->length = 0;
}

static int merge_lists(struct keylist *to, const struct keylist *from)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < from->count; i++)
        r = keylist_set(to, from->pairs[i].key, from->pairs[i].value,
                        from->pairs[i].value_length);
    return r;
}

static int merge_line(const char *text, size_t n, struct keylist *out)
{
    CLEANUP_KEYLIST struct keylist line = { 0 };
    int r = keylist_parse(text, n, &line, NULL);

    return r ? r : merge_lists(out, &line);
}

/* The last line may have been written in part. */
static int merge_lines(const char *text, size_t n, struct keylist *out,
                       size_t *length_out)
{
    const char *line = text, *end;
    int r = 0;

    *length_out = 0;
    while (!r && (end = memchr(line, '\n', n - (size_t)(line - text)))) {
        r = merge_line(line, (size_t)(end - line), out);
        if (r && r != -ENOMEM && end + 1 == text + n) {
            r = 0;
            break;
        }
        line = end + 1;
        *length_out = r ? *length_out : (size_t)(line - text);
    }
    if (r)
        return r == -ENOMEM ? r : -EBADMSG;
    return *length_out ? 0 : -ENODATA;
}

int copies_text_read(struct disk_copies *c, const char *text, size_t n)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t length;
    int r = merge_lines(text, n, &list, &length);

    if (!r)
        r = take_ledger(&list, c);
    if (r)
        copies_forget(c);
    else
        c->length = length;
    return r;
}

static int set_text_of_copy(struct keylist *list, const struct disk_copy *c,
                    const char *key, const char *value)
{
    CLEANUP_BUFFER struct buffer name = { 0 };

    buffer_printf(&name, "disk.%s.%s", c->dev, key);
    return buffer_failed(&name) ? -ENOMEM
                                : keylist_set_text(list, name.data, value);
}

static int set_copy(struct keylist *list, const struct disk_copy *c)
{
    int r = set_text_of_copy(list, c, "target", c->target);

    if (!r)
        r = set_text_of_copy(list, c, "format", c->format);
    if (!r)
        r = set_text_of_copy(list, c, "driver", c->driver);
    return r ? r : set_text_of_copy(list, c, "copy", c->copy);
}

int copies_set_mark(struct keylist *list, const char *key,
                    const struct file_mark *mark)
{
    char text[FILE_MARK_TEXT_SIZE] = "";

    if (mark->is_set)
        file_mark_print(mark, text);
    return keylist_set_text(list, key, text);
}

int copies_text_list(const struct disk_copies *c, struct keylist *out)
{
    size_t i;
    int r = keylist_set_text(out, "id", c->id);

    if (!r)
        r = keylist_set_text(out, "image", c->image);
    if (!r)
        r = copies_set_mark(out, "folder", &c->folder);
    if (!r)
        r = keylist_set_text(out, "name", c->name);
    if (!r)
        r = keylist_set_text(out, "uuid", c->uuid);
    if (!r && c->by)
        r = keylist_set_text(out, "by", c->by);
    if (!r && *c->boot)
        r = keylist_set_text(out, "boot", c->boot);
    for (i = 0; !r && i < c->count; i++)
        r = set_copy(out, &c->items[i]);
    return r;
}
