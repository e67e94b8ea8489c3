/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain was built: the notes of its kernel, read from the very bytes that
 * were loaded, go into its xenstore directory.
 */
#ifndef HOOK_BUILD_H
#define HOOK_BUILD_H

#include "hook/behind.h"

int hook_build(door_build *real, struct xc_dom_image *dom);

#endif
