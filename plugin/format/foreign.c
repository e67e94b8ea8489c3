/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/foreign.h"

#include <stdbool.h>
#include <string.h>

#include "format/container.h"
#include "util/bytes.h"

enum {
    ELF_TYPE = 16,
    ELF_CORE = 4,
    QEMU_COMPRESSION = 28, /* in the header of libvirt's QEMU driver */
};

#define UNPACK(name, command) \
    "data compressed by " name ": unpack it first, as with '" command "'"

#define READS_KERNELS ": 'xen-resumable notes' reads kernels"

static const struct {
    size_t offset;
    size_t n;
    const char *magic;
    const char *name;
} magics[] = {
    { 0, 3, "\x1f\x8b\x08", UNPACK("gzip", "gzip -dc") },
    { 0, 6, "\xfd" "7zXZ\0", UNPACK("xz", "xz -dc") },
    { 0, 4, "\x28\xb5\x2f\xfd", UNPACK("zstd", "zstd -dc") },
    { 0, 4, "\x04\x22\x4d\x18", UNPACK("lz4", "lz4 -dc") },
    { 0, 4, "\x02\x21\x4c\x18", UNPACK("lz4", "lz4 -dc") },
    { 0, 9, "\x89LZO\0\r\n\x1a\n", UNPACK("lzop", "lzop -dc") },
    { 4, 6, "1AY&SY", UNPACK("bzip2", "bzip2 -dc") },
    { 0, 3, "\x5d\0\0", UNPACK("lzma", "xz --format=lzma -dc") },
    { 0x202, 4, "HdrS", "a Linux kernel (bzImage)" READS_KERNELS },
    { 0, 2, "MZ", "a kernel or program (PE)" READS_KERNELS },
    { 0, 4, "QFI\xfb", "a disk (qcow2)" },
    { 257, 5, "ustar", "an archive (tar)" },
};

/* pzstd begins with a frame that has nothing in it. */
static bool is_skippable(const uint8_t *head, size_t n)
{
    return n >= 4 && (load_le32(head) & 0xfffffff0U) == 0x184d2a50U;
}

/* As libvirt's virQEMUSaveHeader numbers them. */
static const char *qemu_name(const uint8_t *head, size_t n)
{
    static const char *const names[] = {
        "a save image of libvirt's QEMU driver",
        "a save image of libvirt's QEMU driver, compressed by gzip",
        "a save image of libvirt's QEMU driver, compressed by bzip2",
        "a save image of libvirt's QEMU driver, compressed by xz",
        "a save image of libvirt's QEMU driver, compressed by lzop",
        "a save image of libvirt's QEMU driver, compressed by zstd",
    };
    uint32_t compression = 0;

    if (n < 12 || memcmp(head, "LibvirtQemud", 12))
        return NULL;
    if (n >= QEMU_COMPRESSION + 4)
        compression = load_le32(head + QEMU_COMPRESSION);
    return names[compression < sizeof(names) / sizeof(names[0])
                 ? compression : 0];
}

static const char *elf_name(const uint8_t *head, size_t n)
{
    if (n < ELF_TYPE + 2 || memcmp(head, "\x7f" "ELF", 4))
        return NULL;
    return load_le16(head + ELF_TYPE) == ELF_CORE
           || load_be16(head + ELF_TYPE) == ELF_CORE
           ? "a core dump (ELF)"
           : "a kernel or program (ELF)" READS_KERNELS;
}

const char *foreign_name(const uint8_t *head, size_t n)
{
    const char *name = elf_name(head, n);
    size_t i;

    if (!name)
        name = qemu_name(head, n);
    for (i = 0; !name && i < sizeof(magics) / sizeof(magics[0]); i++)
        if (magics[i].offset + magics[i].n <= n
            && !memcmp(head + magics[i].offset, magics[i].magic,
                       magics[i].n))
            name = magics[i].name;
    if (!name && is_skippable(head, n))
        name = UNPACK("zstd or lz4", "zstd -dc");
    return name;
}

const char *save_image_name(const uint8_t *head, size_t n)
{
    static const char *const names[] = {
        [CONTAINER_UNKNOWN] = NULL,
        [CONTAINER_XL] = "a save image of xl",
        [CONTAINER_LIBVIRT] = "a save image of libvirt",
        [CONTAINER_LIBXL] = "a save image (a bare libxl stream)",
        [CONTAINER_LIBXC] = "a save image (a bare libxc stream)",
    };

    return n < CONTAINER_MAGIC_SIZE ? NULL : names[container_recognise(head)];
}
