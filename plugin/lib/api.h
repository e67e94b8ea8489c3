/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the functions of the public face share.
 */
#ifndef LIB_API_H
#define LIB_API_H

#include <xenresumable.h>

#include "format/keylist.h"
#include "util/error.h"

/* -EINVAL: a required argument is NULL. */
int api_usage(struct xr_error *err);

/* 0, or -EINVAL where flags has any that is not among known. */
int api_check_flags(unsigned flags, unsigned known, struct xr_error *err);

/* The same, and where events are of an unknown size. */
int api_check_call(unsigned flags, unsigned known,
                   const struct xr_events *events, struct xr_error *err);

/*
 * open(2), close-on-exec, of a path that is not NULL; the fd, or negative.
 * Who calls it has looked at all other arguments: a wrong usage is told before
 * anything is opened.
 */
int api_open(const char *path, int flags, struct xr_error *err);

/*
 * r, of what was done with the file at path; a failure's message then begins
 * with the path, or with its end if it is long.
 */
int api_name_path(const char *path, int r, struct xr_error *err);

/* Takes *list over on success, and leaves it empty. */
int metadata_from_list(struct keylist *list, struct xr_metadata **out,
                       struct xr_error *err);

/* Borrowed; NULL is the empty list. */
const struct keylist *metadata_list(const struct xr_metadata *metadata);

#endif
