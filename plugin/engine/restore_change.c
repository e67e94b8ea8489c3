/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration that the image is fed with in the place of its own: of a
 * file that was given, or the image's, with what the options change.  The bytes
 * behind it pass as they are, so that the image's record goes on to tell whose
 * image it is.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/given_config.h"
#include "engine/preflight.h"
#include "engine/restore_state.h"
#include "format/qcow2.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { PAGE_KIB = 4 };

static bool wants_change(const struct restore_options *o)
{
    return o->config || o->name || o->uuid || o->edit_count
           || o->disks == RESTORE_DISKS_COPIES;
}

/* The kernel makes them: 36 characters and a newline. */
static int choose_uuid(struct restore *r, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open("/proc/sys/kernel/random/uuid",
                                O_RDONLY | O_CLOEXEC);

    if (fd < 0 || read_full(fd, r->uuid, UUID_TEXT) != UUID_TEXT)
        return error_set(err, EIO, "no uuid can be made");
    return 0;
}

/* Under another name, a domain is another one. */
static const char *wanted_uuid(const struct restore_options *o)
{
    return o->uuid || !o->name ? o->uuid : "new";
}

/* A copy beside its original is another host on the net, too. */
static bool wants_new_macs(const struct restore_options *o)
{
    return o->disks == RESTORE_DISKS_COPIES && !o->config
           && (o->name || o->uuid);
}

static int gather_edits(struct restore *r, struct config_edit *edits,
                        size_t *count_out, struct xr_error *err)
{
    const struct restore_options *o = &r->options;
    const char *uuid = wanted_uuid(o);
    size_t n = 0;
    int status = 0;

    if (o->name)
        edits[n++] = (struct config_edit){
            .kind = CONFIG_EDIT_NAME, .to = o->name,
        };
    if (uuid && !strcmp(uuid, "new")) {
        status = choose_uuid(r, err);
        uuid = r->uuid;
    }
    if (uuid)
        edits[n++] = (struct config_edit){
            .kind = CONFIG_EDIT_UUID, .to = uuid,
        };
    if (wants_new_macs(o))
        edits[n++] = (struct config_edit){ .kind = CONFIG_EDIT_MAC };
    memcpy(edits + n, o->edits, o->edit_count * sizeof(*edits));
    *count_out = n + o->edit_count;
    return status;
}

static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

static uint64_t vcpus_of(const struct domain_config *config)
{
    return config->max_vcpus ? config->max_vcpus : 1;
}

static int does_not_fit(struct xr_error *err, const char *what,
                        const char *image, const char *given)
{
    return error_because(err, XR_REASON_USAGE, EINVAL, "the configuration is "
                         "not one of this image: the guest has %s %s, and not "
                         "%s", what, image, given);
}

static int compare_vcpus(uint64_t image, uint64_t given, struct xr_error *err)
{
    return error_because(err, XR_REASON_USAGE, EINVAL, "the configuration is "
                         "not one of this image: the guest has %llu vCPUs, "
                         "and not %llu", (unsigned long long)image,
                         (unsigned long long)given);
}

/* What can be told by the two configurations, and the image's head. */
static int compare_configs(const struct restore *r, struct xr_error *err)
{
    const struct domain_config *a = &r->original, *b = &r->domain;
    const char *type = text_or(b->type, "it does not say");

    if (a->type && strcmp(a->type, type))
        return does_not_fit(err, "the type", a->type, type);
    if (save_image_is_hvm(&r->image) ? !strcmp(type, "pv")
                                     : strcmp(type, "pv") != 0)
        return does_not_fit(err, "the type", save_image_type(&r->image),
                            type);
    return vcpus_of(a) == vcpus_of(b)
               ? 0 : compare_vcpus(vcpus_of(a), vcpus_of(b), err);
}

/*
 * Each page with data takes memory, though it came several times.  The numbers of an
 * HVM guest's reach beyond its memory: to the end of the first 4 GiB.
 */
static uint64_t most_pages(const struct verify_result *result)
{
    return result->pages < result->pages_covered ? result->pages
                                                 : result->pages_covered;
}

int restore_check_fit(const struct restore *r,
                      const struct verify_result *result,
                      struct xr_error *err)
{
    uint64_t needed = most_pages(result) * PAGE_KIB;
    uint64_t given = r->domain.memory_kib;

    if (!r->options.config)
        return 0;
    if (result->vcpus > vcpus_of(&r->domain))
        return compare_vcpus(result->vcpus, vcpus_of(&r->domain), err);
    if (given < r->original.memory_kib && given < needed)
        return error_because(err, XR_REASON_USAGE, EINVAL, "the configuration "
                             "is not one of this image: its pages take %llu "
                             "KiB, and it says %llu KiB",
                             (unsigned long long)needed,
                             (unsigned long long)given);
    return 0;
}

/* The given file comes first in the list of what is changed. */
static int note_config(struct restore *r, const char *path,
                       struct xr_error *err)
{
    struct config_edited *e = &r->edited;
    struct config_change *changes =
        calloc(e->count + 1, sizeof(*changes));

    if (!changes)
        return error_set(err, ENOMEM, "out of memory");
    changes->what = "configuration";
    changes->to = strdup(path);
    if (e->count)
        memcpy(changes + 1, e->changes, e->count * sizeof(*changes));
    free(e->changes);
    e->changes = changes;
    e->count++;
    return changes->to ? 0 : error_set(err, ENOMEM, "out of memory");
}

static int read_changed(struct restore *r, struct xr_error *err)
{
    const char *text = r->edited.text;
    int status = r->image.xml
        ? domain_config_from_xml(text, &r->domain, err)
        : domain_config_from_json(text, strlen(text), &r->domain, err);

    if (!status && !r->domain.name)
        status = error_because(err, XR_REASON_USAGE, EINVAL, "the "
                               "configuration does not name the domain");
    if (!status && r->domain.more_disks)
        status = error_because(err, XR_REASON_USAGE, E2BIG, "the "
                               "configuration has more than %d disks",
                               DOMAIN_CONFIG_DISKS_MAX);
    return status ? status : compare_configs(r, err);
}

static int edit_config(struct restore *r, const char *text, size_t n,
                       struct xr_error *err)
{
    struct config_edit edits[CONFIG_EDITS_MAX + 3];
    enum config_syntax syntax = r->image.xml ? CONFIG_XML : CONFIG_JSON;
    size_t count;
    int status = gather_edits(r, edits, &count, err);

    return status ? status : config_edit(syntax, text, n, edits, count,
                                         &r->edited, err);
}

static int change_own_config(struct restore *r, struct xr_error *err)
{
    const struct save_image *image = &r->image;
    int status = image->xml
        ? edit_config(r, image->xml, image->xml_length, err)
        : edit_config(r, image->config, image->config_length, err);

    return status ? status : read_changed(r, err);
}

/* What is wrong with that file is nothing against the image. */
static int change_given_config(struct restore *r, const char *path,
                               struct xr_error *err)
{
    CLEANUP_FREE char *text = NULL;
    int status = given_config_read(path, r->image.xml ? CONFIG_XML
                                                      : CONFIG_JSON,
                                   &text, err);

    if (status)
        return status;
    status = edit_config(r, text, strlen(text), err);
    if (!status)
        status = note_config(r, path, err);
    if (!status)
        status = read_changed(r, err);
    if (status && status != -ENOMEM && err->reason != XR_REASON_USAGE) {
        err->reason = XR_REASON_USAGE;
        error_name_file(err, path);
    }
    return status;
}

/* Nothing is opened but a file: a device may have to be waited for. */
static bool is_file_that_says(const char *path, bool *qcow2_out)
{
    uint8_t head[QCOW2_HEADER_MIN];
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    ssize_t n;

    if (*path != '/' || stat(path, &st) || !S_ISREG(st.st_mode))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    n = fd < 0 ? -1 : read_full(fd, head, sizeof(head));
    *qcow2_out = n == sizeof(head) && qcow2_recognise(head);
    return n >= 0;
}

static bool is_as_in_image(const struct restore *r,
                           const struct domain_disk *disk, const char *format)
{
    size_t i;

    for (i = 0; disk->dev && i < r->original.disk_count; i++) {
        const struct domain_disk *was = &r->original.disks[i];

        if (was->dev && !strcmp(was->dev, disk->dev))
            return !strcmp(was->path, disk->path)
                   && !strcmp(text_or(was->format, "raw"), format);
    }
    return false;
}

/* A guest that sees the inside of an image in the place of its disk ruins it. */
static int check_format(const struct restore *r,
                        const struct domain_disk *disk, struct xr_error *err)
{
    const char *format = text_or(disk->format, "raw");
    bool wanted = !strcmp(format, "qcow2"), found = false;

    if (disk->backend || (!wanted && strcmp(format, "raw"))
        || is_as_in_image(r, disk, format)
        || !is_file_that_says(disk->path, &found) || found == wanted)
        return 0;
    return error_because(err, XR_REASON_USAGE, EINVAL, "%.70s is %s qcow2 "
                         "image, and the domain would have it as its %.20s in "
                         "the format %s: --config=FILE gives a disk another "
                         "format", disk->path, found ? "a" : "no",
                         text_or(disk->dev, "disk"), format);
}

static int check_formats(const struct restore *r, struct xr_error *err)
{
    size_t i;
    int status = 0;

    for (i = 0; !status && i < r->domain.disk_count; i++)
        status = check_format(r, &r->domain.disks[i], err);
    return status;
}

int restore_change(struct restore *r, struct xr_error *err)
{
    int status;

    if (!wants_change(&r->options)) {
        r->domain = r->original;
        r->original = (struct domain_config){ .name = NULL };
        return 0;
    }
    status = r->options.config
                 ? change_given_config(r, r->options.config, err)
                 : change_own_config(r, err);
    return status ? status : check_formats(r, err);
}

/* What was changed before comes first. */
static int join_changes(struct config_edited *to, struct config_edited *more,
                        struct xr_error *err)
{
    size_t n = to->count + more->count;
    struct config_change *all = reallocarray(to->changes, n + 1, sizeof(*all));

    if (!all)
        return error_set(err, ENOMEM, "out of memory");
    if (more->count)
        memcpy(all + to->count, more->changes, more->count * sizeof(*all));
    to->changes = all;
    to->count = n;
    more->count = 0;
    free(to->text);
    to->text = STEAL(more->text);
    return 0;
}

int restore_change_more(struct restore *r, const struct config_edit *edits,
                        size_t count, struct xr_error *err)
{
    CLEANUP_CONFIG_EDITED struct config_edited more = { .text = NULL };
    const char *text = r->edited.text;
    int status = config_edit(r->image.xml ? CONFIG_XML : CONFIG_JSON, text,
                             strlen(text), edits, count, &more, err);

    if (!status)
        status = join_changes(&r->edited, &more, err);
    if (status)
        return status;
    domain_config_free(&r->domain);
    r->domain = (struct domain_config){ .name = NULL };
    return read_changed(r, err);
}

bool restore_is_copy(const struct restore *r)
{
    const char *was = r->original.name;

    return r->options.name || (was && strcmp(was, r->domain.name));
}

/* Under whatever name. */
bool restore_is_same_disk(const char *a, const char *b)
{
    struct stat one, other;

    if (!strcmp(a, b))
        return true;
    if (stat(a, &one) || stat(b, &other))
        return false;
    return S_ISBLK(one.st_mode) && S_ISBLK(other.st_mode)
               ? one.st_rdev == other.st_rdev
               : one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool restore_is_original_disk(const struct restore *r,
                              const struct domain_disk *disk)
{
    size_t i;

    for (i = 0; i < r->original.disk_count; i++)
        if (restore_is_same_disk(r->original.disks[i].path, disk->path))
            return true;
    return false;
}
