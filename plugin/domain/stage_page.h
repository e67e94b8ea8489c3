/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory that the processes of one checkpoint share, of which each may be
 * killed at any instant.  It is found by the operation's id and by an fd,
 * which the command's request has (domain/request.h): both must fit.
 */
#ifndef DOMAIN_STAGE_PAGE_H
#define DOMAIN_STAGE_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

enum {
    STAGE_ID_SIZE = 37,
    STAGE_DISKS_MAX = 32 * 1024,
    STAGE_PLAN_MAX = 64 * 1024,
};

enum placed {
    PLACED_NOT,
    PLACED_FILE,      /* this file gets the image's name, or has it */
    PLACED_ELSEWHERE, /* whole, in a FIFO or the like */
};

struct stage_page {
    char id[STAGE_ID_SIZE];
    _Atomic uint32_t begun;   /* a bit for each stage */
    _Atomic uint32_t ended;   /* the last one, whatever came of it */
    _Atomic uint32_t scripts; /* of the last stage: so many were begun */
    _Atomic int32_t running;  /* a script's process group; 0: none */
    _Atomic uint32_t placed;  /* enum placed */
    uint64_t device, inode;   /* of that file */
    uint32_t image, guest, domid; /* the last stage's facts */
    char disks[STAGE_DISKS_MAX];
    _Atomic uint32_t flushing; /* QEMU may be stopped, and is to go on */
    _Atomic uint32_t planned; /* the text below is whole */
    _Atomic uint32_t noted;   /* the copies are taken, and that below is whole */
    _Atomic uint32_t failed;  /* a copy could not be taken, and failure says why */
    char failure[sizeof(((struct xr_error *)0)->message)];
    char plan[STAGE_PLAN_MAX];   /* domain/plan_text.h */
    char facts[STAGE_PLAN_MAX];  /* keys of the record, as they are then */
};

/* A random uuid (RFC 4122, version 4).  0 or a negative errno. */
int stage_id_draw(char out[STAGE_ID_SIZE]);

/*
 * id: the operation's; NULL: one is drawn.  0 or a negative errno; *out is to
 * be unmapped, *fd_out closed.
 */
int stage_page_make(const char *id, struct stage_page **out, int *fd_out);

/*
 * The one of that id, if fd, which was announced, still is it; else -ENOENT.
 */
int stage_page_find(const char *id, int fd, struct stage_page **out);
void stage_page_unmap(struct stage_page *page);

/* This process is the one that saves, until its end, whatever that is. */
void stage_page_mark_saver(int fd);
pid_t stage_page_saver(int fd); /* 0: it has ended, or there was none */

#endif
