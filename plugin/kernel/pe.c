/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/pe.h"

#include <errno.h>
#include <string.h>

#include "util/bytes.h"

enum {
    PE_OFFSET = 0x3c,
    COFF_SIZE = 24,     /* with the signature */
    SECTION_SIZE = 40,
    SECTIONS_MAX = 96,  /* the format's own limit */
    NAME_SIZE = 8,
};

bool pe_here(const uint8_t *head, size_t n)
{
    return n >= PE_OFFSET + 4 && head[0] == 'M' && head[1] == 'Z';
}

/* The section's name fills 8 bytes with NULs, if it is shorter. */
static bool is_called(const uint8_t *section, const char *name)
{
    return !strncmp((const char *)section, name, NAME_SIZE);
}

static void place_payload(const uint8_t *section, struct payload *out)
{
    uint32_t in_memory = load_le32(section + 8);
    uint32_t in_file = load_le32(section + 16);

    out->offset = load_le32(section + 20);
    out->size = in_memory && in_memory < in_file ? in_memory : in_file;
}

int pe_find_section(struct source *source, uint64_t origin, const char *name,
                    struct payload *out, struct xr_error *err)
{
    uint8_t coff[COFF_SIZE], section[SECTION_SIZE];
    uint64_t offset;
    unsigned count, i;
    int r;

    r = source_read_all(source, PE_OFFSET, coff, 4, "PE program", err);
    if (r)
        return r;
    offset = load_le32(coff);
    r = source_read_all(source, offset, coff, sizeof(coff), "PE header", err);
    if (r)
        return r;
    if (memcmp(coff, "PE\0\0", 4))
        return error_at(err, ENOEXEC, origin + offset, "no PE header");
    count = load_le16(coff + 6);
    if (count > SECTIONS_MAX)
        return error_at(err, EINVAL, origin + offset + 6, "%u PE sections",
                        count);
    offset += COFF_SIZE + load_le16(coff + 20);
    for (i = 0; i < count; i++) {
        r = source_read_all(source, offset + (uint64_t)i * SECTION_SIZE,
                            section, sizeof(section), "PE section header",
                            err);
        if (r)
            return r;
        if (is_called(section, name)) {
            place_payload(section, out);
            return 0;
        }
    }
    return error_at(err, ENOEXEC, origin, "a PE program without section %s",
                    name);
}
