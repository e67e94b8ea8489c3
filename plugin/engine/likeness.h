/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that is to take another one's place: who may read it, and as what.
 */
#ifndef ENGINE_LIKENESS_H
#define ENGINE_LIKENESS_H

#include "util/error.h"

/*
 * Gives the file in to the owner, the group, the mode, and the extended
 * attributes (access lists, a label of SELinux's) of the one in from, and no
 * others.  What is about the bytes of the one (security.ima, security.evm) is
 * not copied.  After a failure it has some of them.
 */
int likeness_take(int from, int to, struct xr_error *err);

#endif
