/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file behind a loop device.
 */
#ifndef DOMAIN_LOOP_H
#define DOMAIN_LOOP_H

#include <stdbool.h>

#include "domain/storage.h"

/*
 * device: a node of the loop device.  Sysfs has the file's path, which may be
 * another file's by now, or nobody's; the driver has its device and inode.
 * False if that is no loop device, has no file, or cannot be asked.
 */
bool loop_file(const char *device, struct storage *out);

#endif
