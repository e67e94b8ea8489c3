/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a guest, out of a save image into a file, a pipe or a device,
 * in one of the forms of lib/memory_form.h.  A file appears under its name in
 * one step, when it is whole and on the disk.
 *
 * Needs no Xen.  Where there is one, a disk of its domains is left alone.
 */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "lib/memory_form.h"
#include "util/error.h"

struct memory_request {
    const char *image;     /* its name, for messages */
    int in;                /* it, from where it stands */
    const char *path;      /* "-" is standard output */
    enum memory_form form;
    bool force;            /* what is at path is given up */
    bool dry_run;          /* only tell what would be written */
};

struct memory_outcome {
    const char *type;       /* "x86 PV", "x86 HVM": a constant */
    uint64_t pages;         /* of memory */
    uint64_t ranges;        /* of it, with gaps between them */
    uint64_t end;           /* the address behind the last page */
    uint64_t vcpus;         /* whose registers could be read */
    uint64_t bytes;         /* of the output, with its holes; 0 of a dry run */
    uint64_t bytes_written;
    bool vmcoreinfo;        /* elf: the guest's own note is in it */
};

/*
 * -EPERM: something is at path, and there is no force; a domain's disk even so
 * (engine/target.h has the reasons).  -EINVAL: path is the image itself, or a
 * terminal.  Else as memory_image_read() and memory_write().  What was at path
 * is as it was, but where it is no regular file.
 */
int memory_export(const struct memory_request *request,
                  const struct events *events, struct memory_outcome *out,
                  struct xr_error *err);

#endif
