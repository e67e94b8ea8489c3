/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of whatever origin as struct xr_metadata of the public API.
 */
#ifndef LIB_METADATA_H
#define LIB_METADATA_H

#include <xenresumable.h>

#include "format/keylist.h"

/* Takes *list over on success, and leaves it empty. */
int metadata_from_list(struct keylist *list, struct xr_metadata **out,
                       struct xr_error *err);

#endif
