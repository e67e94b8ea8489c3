/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/loop.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "util/cleanup.h"

/*
 * The numbers are those that the kernel gives to programs: of stat's st_dev,
 * in its 32-bit form, and of the device that it is itself where the "file" is
 * a block device.
 */
static dev_t decode_device(uint64_t number)
{
    return makedev((unsigned int)(number >> 8 & 0xfff),
                   (unsigned int)((number & 0xff)
                                  | (number >> 12 & 0xfff00)));
}

bool loop_file(const char *device, struct storage *out)
{
    CLEANUP_CLOSE int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct loop_info64 info = { 0 };

    if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info))
        return false;
    if (info.lo_rdevice)
        *out = storage_of_device(decode_device(info.lo_rdevice));
    else
        *out = (struct storage){
            .device = decode_device(info.lo_device),
            .inode = (ino_t)info.lo_inode,
        };
    return true;
}
