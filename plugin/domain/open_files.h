/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files and block devices that a domain's device model, QEMU, has open:
 * its disks, whatever their format, and those that only its arguments name.
 */
#ifndef DOMAIN_OPEN_FILES_H
#define DOMAIN_OPEN_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "domain/storage.h"

struct open_file {
    struct storage storage;
    bool written;
};

/*
 * proc: where it is; NULL: /proc.  pid: whom xenstore calls the device model
 * of the domain, and who is asked for nothing unless his arguments say so,
 * too.  *out is to be freed; NULL if there is none.  0 or -ENOMEM.
 */
int open_files_list(const char *proc, pid_t pid, uint32_t domid,
                    struct open_file **out, size_t *count_out);

#endif
