/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image is read twice: first its lists of pages, then the pages, in the order
 * of the guest's memory.  An image in a pipe can be read only once: its pages go into a
 * sparse file, each to its place.  If raw memory is wanted in a file, it is that
 * file; else one without a name, beside the output or in $TMPDIR.
 *
 * The other way, to write a pipe's pages right into any form, would need places for
 * pages of which nobody knows yet: of an ELF core the headers say how many ranges
 * there are, and stand before the pages.
 */
#include "config.h"

#include "engine/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/new_image.h"
#include "engine/target.h"
#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/file_limit.h"
#include "util/path.h"

struct exporting {
    const struct memory_request *request;
    const struct events *events;
    struct listener listener;
    char *path;               /* links followed */
    struct new_image output;
    int spool;                /* without a name; -1: there is none */
    struct memory_image image;
    struct memory_outcome *out;
};

static int memory_progress(void *data, uint64_t done, uint64_t all)
{
    const struct exporting *x = data;

    return events_progress(x->events, done, all);
}

/* A signal may have come while a pipe was waited for. */
static int memory_interrupted(void *data)
{
    return memory_progress(data, 0, 0);
}

static int refuse_what_is_there(const char *path, enum xr_reason reason,
                                const char *what, struct xr_error *err)
{
    return error_because(err, reason, EPERM, "%.120s is %s; use --force to "
                         "replace it", path, what);
}

/* Whatever it is, also a save image: nobody wants to lose that. */
static int check_what_is_there(const struct exporting *x,
                               struct xr_error *err)
{
    struct stat there, image;

    if (path_is_stdout(x->path) || stat(x->path, &there))
        return 0;
    if (!fstat(x->request->in, &image) && image.st_dev == there.st_dev
        && image.st_ino == there.st_ino)
        return error_set(err, EINVAL, "%s is the image itself", x->path);
    if (S_ISDIR(there.st_mode))
        return error_set(err, EISDIR, "%s is a folder", x->path);
    if (x->request->force)
        return 0;
    if (S_ISBLK(there.st_mode))
        return refuse_what_is_there(x->path, XR_REASON_TARGET_IS_DEVICE,
                                    "a block device", err);
    if (S_ISREG(there.st_mode) && there.st_size)
        return refuse_what_is_there(x->path, XR_REASON_TARGET_IS_NO_IMAGE,
                                    "there", err);
    return 0;
}

/* Before anything is read, and again before the file gets its name. */
static int check_output(const struct exporting *x, struct xr_error *err)
{
    const struct target target = { .path = x->path, .force = true };
    int r = check_what_is_there(x, err);

    if (!r && path_is_stdout(x->path) && isatty(STDOUT_FILENO))
        r = error_set(err, EINVAL, "standard output is a terminal");
    return r ? r : target_check_here(&target, err);
}

static int name_output(struct exporting *x, struct xr_error *err)
{
    int r = target_resolve(x->request->path, &x->path, err);

    if (!r && !*path_base(x->path)) /* "", "folder/" */
        r = error_set(err, EINVAL, "\"%s\" does not name a file", x->path);
    if (!r)
        r = check_output(x, err);
    if (!r)
        r = new_image_check_folder(x->path, 0, err);
    return r ? r : new_image_name(&x->output, x->path, err);
}

/* Is the output itself what a pipe's pages can be spooled to? */
static bool is_own_spool(const struct exporting *x)
{
    return x->request->form == MEMORY_RAW && new_image_is_file(&x->output);
}

/* Where there is room for the output there is room for the pages. */
static int open_spool_in(const char *folder)
{
    CLEANUP_FREE char *name = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    if (asprintf(&name, "%s/.xen-resumable.XXXXXX", folder) < 0) {
        name = NULL;
        return -1;
    }
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static const char *folder_of_temporaries(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/var/tmp";
}

static int open_spool(struct exporting *x, struct xr_error *err)
{
    CLEANUP_FREE char *copy = strdup(x->path);
    const char *folder;

    if (!copy)
        return error_set(err, ENOMEM, "out of memory");
    folder = new_image_is_file(&x->output) ? dirname(copy)
                                           : folder_of_temporaries();
    x->spool = open_spool_in(folder);
    return x->spool < 0
           ? error_system(err, errno, "no file for the pages of a pipe can be "
                          "made in %.120s", folder) : 0;
}

/* Only what a shell has opened for us may be a pipe. */
static bool is_pipe(int fd)
{
    struct stat st;

    return fstat(fd, &st) || !S_ISREG(st.st_mode) || lseek(fd, 0, SEEK_CUR) < 0;
}

static int open_output(struct exporting *x, struct xr_error *err)
{
    const struct target target = { .path = x->path, .force = true };
    int r = fault_step("the file of the memory", err);

    if (r || x->request->dry_run)
        return r;
    new_image_clear(x->path);
    while ((r = new_image_open(&x->output, err)) == -EAGAIN
           && !events_stopped(x->events, 0, 0, err))
        usleep(20000);
    if (r == -EAGAIN)
        return -ECANCELED;
    if (!r && !new_image_is_file(&x->output))
        r = target_check_fd_here(&target, x->output.fd, err);
    if (!r && is_pipe(x->request->in) && !is_own_spool(x))
        r = open_spool(x, err);
    return r;
}

/* It may not be where the output goes that there is no room. */
static void say_where_pages_are(const struct exporting *x, int r)
{
    if (x->spool >= 0 && !new_image_is_file(&x->output)
        && (r == -ENOSPC || r == -EFBIG || r == -EDQUOT))
        events_say(x->events, MESSAGE_INFO, "the pages of a pipe are kept in "
                   "%s meanwhile; TMPDIR names another folder",
                   folder_of_temporaries());
}

static int read_memory(struct exporting *x, struct xr_error *err)
{
    const struct memory_spool spool = {
        .fd = x->request->dry_run ? -1
              : is_own_spool(x) ? x->output.fd : x->spool,
    };
    int r = fault_step("the image", err);

    events_stage(x->events, "reading");
    if (!r)
        r = memory_image_read(x->request->in, &spool, &x->listener, &x->image,
                              err);
    if (r) {
        say_where_pages_are(x, r);
        return r;
    }
    x->out->type = libxc_domain_type_name(x->image.domain.type);
    x->out->pages = x->image.pages;
    x->out->ranges = x->image.ranges;
    x->out->end = x->image.end * PAGE_SIZE_BYTES;
    x->out->vcpus = memory_cpu_count(&x->image);
    return 0;
}

/* Of a pipe whose raw memory is wanted all pages are in their places. */
static bool is_written(const struct exporting *x)
{
    return is_own_spool(x) && x->image.map.by_number;
}

/* Holes take none: it is known only later how many there are. */
static int check_memory_room(struct exporting *x, struct xr_error *err)
{
    uint64_t bytes = x->image.pages_with_data * PAGE_SIZE_BYTES;
    struct stat st;

    if (is_written(x))
        return 0;
    if (!x->image.map.by_number && !fstat(x->request->in, &st)
        && bytes > (uint64_t)st.st_blocks * 512)
        bytes = (uint64_t)st.st_blocks * 512;
    return new_image_check_folder(x->path, bytes, err);
}

static int finish_spool(struct exporting *x, struct xr_error *err)
{
    struct stat st;

    x->out->bytes = memory_raw_size(&x->image);
    if (ftruncate(x->output.fd, (off_t)x->out->bytes)
        || fstat(x->output.fd, &st))
        return error_system(err, errno, "the memory cannot be written");
    x->out->bytes_written = (uint64_t)st.st_blocks * 512;
    return 0;
}

static int write_memory(struct exporting *x, struct xr_error *err)
{
    CLEANUP_FREE struct memory_sink *sink = malloc(sizeof(*sink));
    int r = fault_step("the memory", err);

    events_stage(x->events, "writing");
    if (r || is_written(x))
        return r ? r : finish_spool(x, err);
    if (!sink)
        return error_set(err, ENOMEM, "out of memory");
    memory_sink_open(sink, x->output.fd, &x->listener);
    r = memory_write(&x->image, x->request->form, sink, &x->listener,
                     &x->out->vmcoreinfo, err);
    x->out->bytes = sink->at;
    x->out->bytes_written = sink->written;
    return r;
}

/* A signal may have come during the sync, which takes its time. */
static int commit_output(struct exporting *x, struct xr_error *err)
{
    int r = fault_step("the sync", err);

    if (!r)
        r = new_image_sync(&x->output, err);
    if (!r)
        r = events_stopped(x->events, x->out->bytes, x->out->bytes, err);
    if (!r && new_image_is_file(&x->output))
        r = check_output(x, err);
    if (!r)
        r = fault_step("the rename", err);
    return r ? r : new_image_commit(&x->output, 0, x->events, err);
}

static int export_memory(struct exporting *x, struct xr_error *err)
{
    static int (*const steps[])(struct exporting *, struct xr_error *) = {
        name_output, open_output, read_memory, check_memory_room, write_memory,
        commit_output,
    };
    size_t i, n = x->request->dry_run ? 4 : sizeof(steps) / sizeof(steps[0]);
    int r = 0;

    for (i = 0; !r && i < n; i++)
        r = steps[i](x, err);
    return r;
}

static void close_exporting(struct exporting *x)
{
    new_image_abandon(&x->output);
    memory_image_free(&x->image);
    cleanup_close(&x->spool);
    free(x->path);
}

int memory_export(const struct memory_request *request,
                  const struct events *events, struct memory_outcome *out,
                  struct xr_error *err)
{
    CLEANUP(close_exporting) struct exporting x = {
        .request = request,
        .events = events,
        .listener = {
            .progress = memory_progress,
            .interrupted = memory_interrupted,
            .data = &x,
        },
        .output = { .fd = -1 },
        .spool = -1,
        .image = { .fd = -1 },
        .out = out,
    };
    struct sigaction before;
    struct xr_error local;
    int r;

    if (!err)
        err = &local;
    *out = (struct memory_outcome){ .pages = 0 };
    fault_begin();
    fault_role(FAULT_CHECKPOINT);
    file_limit_fails(&before);
    r = export_memory(&x, err);
    file_limit_kills(&before);
    if (r == -EFBIG)
        err->reason = XR_REASON_NO_ROOM;
    return r ? events_fail_file(events, request->image, err) : 0;
}
