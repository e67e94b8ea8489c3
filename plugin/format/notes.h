/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen's ELF notes: their names, and their values as text.
 *
 * The table stands here and not in Xen's headers, because the installed Xen
 * may be older than the kernel: a Xen 4.17 header ends at note 18, a kernel of
 * today brings 19.
 *
 * A note becomes one pair of the list (format/keylist.h):
 *
 *   number    1, 2, 4 or 8 bytes    SUSPEND_CANCEL=0x1
 *   string    up to its NUL         GUEST_OS=linux
 *   pairs     mask and value, any number of them: 8 bytes each if that comes
 *             out even, else 4      L1_MFN_VALID=0x1/0x1|0x2/0x0
 *   numbers   4 bytes each          PHYS32_RELOC=0x200000|0x1000000|0x3fffffff
 *   unknown   anything              NOTE_23=00ff10
 *
 * The widths of a number are those that Xen's own loader reads.  It takes a
 * number of another width for 0 and goes on; here such a note is listed as an
 * unknown one is, by its number and bytes (NOTE_14=010203), so that nobody
 * mistakes it for a value and nothing is lost.
 */
#ifndef FORMAT_NOTES_H
#define FORMAT_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/keylist.h"
#include "util/buffer.h"

enum note_number {
    NOTE_INFO = 0,
    NOTE_ENTRY = 1,
    NOTE_HYPERCALL_PAGE = 2,
    NOTE_VIRT_BASE = 3,
    NOTE_PADDR_OFFSET = 4,
    NOTE_XEN_VERSION = 5,
    NOTE_GUEST_OS = 6,
    NOTE_GUEST_VERSION = 7,
    NOTE_LOADER = 8,
    NOTE_PAE_MODE = 9,
    NOTE_FEATURES = 10,
    NOTE_BSD_SYMTAB = 11,
    NOTE_HV_START_LOW = 12,
    NOTE_L1_MFN_VALID = 13,
    NOTE_SUSPEND_CANCEL = 14,
    NOTE_INIT_P2M = 15,
    NOTE_MOD_START_PFN = 16,
    NOTE_SUPPORTED_FEATURES = 17,
    NOTE_PHYS32_ENTRY = 18,
    NOTE_PHYS32_RELOC = 19,
};

enum note_kind {
    NOTE_UNKNOWN,
    NOTE_NUMBER,
    NOTE_STRING,
    NOTE_PAIRS,
    NOTE_NUMBERS,
};

struct note_type {
    uint32_t number;
    const char *name;  /* as in Xen's elfnote.h, without the prefix */
    enum note_kind kind;
};

/* One member of L1_MFN_VALID. */
struct note_pair {
    uint64_t mask;
    uint64_t value;
};

enum {
    NOTE_KEY_MAX = 32,       /* "NOTE_4294967295" and every name, with NUL */
    NOTE_DESC_MAX = 4096,    /* longer notes are refused by the readers */
    NOTE_MEMBERS_MAX = NOTE_DESC_MAX / 4,
};

/* NULL if the table does not know it.  The name without any prefix. */
const struct note_type *note_by_number(uint32_t number);
const struct note_type *note_by_name(const char *name);

/* The kind behind a key of a list; NOTE_UNKNOWN for any other key. */
enum note_kind note_kind_of_key(const char *key);

/* May the key stand in a list of notes: a name of the table, or NOTE_23? */
bool note_name_valid(const char *key);

/*
 * By note number; keys that are no notes last, in the order they had.  0, or
 * -ENOMEM with the list as it was.
 */
int notes_sort(struct keylist *list);

/*
 * The name of a note that the table knows and that stands in the list as bytes
 * (NOTE_14), for it was not of its kind; NULL if there is none.
 */
const char *notes_malformed(const struct keylist *list);

/*
 * What the image is, where it may not be the guest's own kernel: GRUB, or
 * perhaps a loader (PHYS32_ENTRY alone: Xen's PV shim, OVMF, but also kernels
 * for PVH only).  NULL for a kernel, and for a list that does not tell:
 * pv-grub's notes are those of every Mini-OS program (kernel/loader.h).
 */
const char *notes_loader(const struct keylist *list);

/*
 * Adds a note of n bytes to the list, in the form above.  The last of several
 * with one number wins, as in Xen's loader.  Returns as keylist_set() does.
 */
int note_add(struct keylist *list, uint32_t number, const uint8_t *desc,
             size_t n, bool big_endian);

/*
 * Appends the value alone.  False, and nothing appended, if the bytes are not
 * of the note's kind; a note unknown to the table always becomes bytes.
 */
bool note_format_value(uint32_t number, const uint8_t *desc, size_t n,
                       bool big_endian, struct buffer *out);

/*
 * The typed view of a value in list form.  Both return false if the text is
 * not of that form or holds more than max members.
 */
bool note_parse_pairs(const char *value, struct note_pair *out, size_t max,
                      size_t *count_out);
bool note_parse_numbers(const char *value, uint64_t *out, size_t max,
                        size_t *count_out);

#endif
