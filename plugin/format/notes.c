/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/notes.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/cleanup.h"

#define NUMBER(n) { NOTE_##n, #n, NOTE_NUMBER }
#define STRING(n) { NOTE_##n, #n, NOTE_STRING }

/* Indexed by number. */
static const struct note_type note_types[] = {
    STRING(INFO),
    NUMBER(ENTRY),
    NUMBER(HYPERCALL_PAGE),
    NUMBER(VIRT_BASE),
    NUMBER(PADDR_OFFSET),
    STRING(XEN_VERSION),
    STRING(GUEST_OS),
    STRING(GUEST_VERSION),
    STRING(LOADER),
    STRING(PAE_MODE),
    STRING(FEATURES),
    STRING(BSD_SYMTAB),
    NUMBER(HV_START_LOW),
    { NOTE_L1_MFN_VALID, "L1_MFN_VALID", NOTE_PAIRS },
    NUMBER(SUSPEND_CANCEL),
    NUMBER(INIT_P2M),
    NUMBER(MOD_START_PFN),
    NUMBER(SUPPORTED_FEATURES),
    NUMBER(PHYS32_ENTRY),
    { NOTE_PHYS32_RELOC, "PHYS32_RELOC", NOTE_NUMBERS },
};

enum { NOTE_TYPES = sizeof(note_types) / sizeof(note_types[0]) };

const struct note_type *note_by_number(uint32_t number)
{
    return number < NOTE_TYPES ? &note_types[number] : NULL;
}

const struct note_type *note_by_name(const char *name)
{
    size_t i;

    for (i = 0; i < NOTE_TYPES; i++)
        if (!strcmp(note_types[i].name, name))
            return &note_types[i];
    return NULL;
}

enum note_kind note_kind_of_key(const char *key)
{
    const struct note_type *type = note_by_name(key);

    return type ? type->kind : NOTE_UNKNOWN;
}

/* The number that a key stands for; false if it is no note. */
static bool key_number(const char *key, uint32_t *out)
{
    const struct note_type *type = note_by_name(key);
    unsigned long long number;
    char again[NOTE_KEY_MAX];

    if (type) {
        *out = type->number;
        return true;
    }
    if (strncmp(key, "NOTE_", 5) || !isdigit((unsigned char)key[5]))
        return false;
    number = strtoull(key + 5, NULL, 10);
    if (number > UINT32_MAX)
        return false;
    snprintf(again, sizeof(again), "NOTE_%llu", number);
    *out = (uint32_t)number;
    return !strcmp(again, key);
}

bool note_name_valid(const char *key)
{
    uint32_t number;

    return key_number(key, &number);
}

/* qsort is not stable: remember where a pair stood. */
struct sort_entry {
    struct keypair pair;
    uint64_t rank;
};

static int compare_rank(const void *a, const void *b)
{
    uint64_t left = ((const struct sort_entry *)a)->rank;
    uint64_t right = ((const struct sort_entry *)b)->rank;

    return (left > right) - (left < right);
}

int notes_sort(struct keylist *list)
{
    CLEANUP_FREE struct sort_entry *entries = NULL;
    uint32_t number;
    size_t i;

    if (list->count < 2)
        return 0;
    entries = calloc(list->count, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    for (i = 0; i < list->count; i++) {
        bool known = key_number(list->pairs[i].key, &number);

        entries[i].pair = list->pairs[i];
        entries[i].rank = known ? (uint64_t)number << 16 | i
                                : (uint64_t)1 << 62 | i;
    }
    qsort(entries, list->count, sizeof(*entries), compare_rank);
    for (i = 0; i < list->count; i++)
        list->pairs[i] = entries[i].pair;
    return 0;
}

const char *notes_malformed(const struct keylist *list)
{
    const struct note_type *type;
    char key[NOTE_KEY_MAX];
    uint32_t number;

    for (number = NOTE_INFO; number <= NOTE_PHYS32_RELOC; number++) {
        snprintf(key, sizeof(key), "NOTE_%u", number);
        type = note_by_number(number);
        if (type && keylist_find(list, key))
            return type->name;
    }
    return NULL;
}

/* A kernel that only says where it begins may be any: the PV shim, firmware. */
static bool is_mute(const struct keylist *list)
{
    size_t places = (keylist_find(list, "PHYS32_ENTRY") != NULL)
                    + (keylist_find(list, "PHYS32_RELOC") != NULL);

    return places && places == list->count;
}

const char *notes_loader(const struct keylist *list)
{
    const char *os = keylist_get(list, "GUEST_OS");

    if (os && !strcmp(os, "GRUB"))
        return "GRUB";
    return is_mute(list) ? "perhaps a loader (PHYS32_ENTRY alone)" : NULL;
}

/* width: 1, 2, 4 or 8. */
static uint64_t load_word(const uint8_t *p, size_t width, bool big_endian)
{
    switch (width) {
    case 1:
        return p[0];
    case 2:
        return big_endian ? load_be16(p) : load_le16(p);
    case 4:
        return big_endian ? load_be32(p) : load_le32(p);
    default:
        return big_endian ? load_be64(p) : load_le64(p);
    }
}

static bool format_number(const uint8_t *desc, size_t n, bool big_endian,
                          struct buffer *out)
{
    if (n != 1 && n != 2 && n != 4 && n != 8)
        return false;
    buffer_printf(out, "0x%" PRIx64, load_word(desc, n, big_endian));
    return true;
}

static bool format_numbers(const uint8_t *desc, size_t n, bool big_endian,
                           struct buffer *out)
{
    size_t i;

    if (n % 4)
        return false;
    for (i = 0; i < n; i += 4)
        buffer_printf(out, "%s0x%" PRIx64, i ? "|" : "",
                      load_word(desc + i, 4, big_endian));
    return true;
}

/*
 * The note does not say how wide its members are: maddr_t, so 8 bytes for
 * everything but a 32-bit guest without PAE.  8 is a pair of 4; 16 and more
 * are pairs of 8 where that comes out even.
 */
static bool format_pairs(const uint8_t *desc, size_t n, bool big_endian,
                         struct buffer *out)
{
    size_t width = n % 16 ? 4 : 8;
    size_t i;

    if (!n || n % 8)
        return false;
    for (i = 0; i < n; i += 2 * width)
        buffer_printf(out, "%s0x%" PRIx64 "/0x%" PRIx64, i ? "|" : "",
                      load_word(desc + i, width, big_endian),
                      load_word(desc + i + width, width, big_endian));
    return true;
}

static void format_bytes(const uint8_t *desc, size_t n, struct buffer *out)
{
    size_t i;

    for (i = 0; i < n; i++)
        buffer_printf(out, "%02x", desc[i]);
}

bool note_format_value(uint32_t number, const uint8_t *desc, size_t n,
                       bool big_endian, struct buffer *out)
{
    const struct note_type *type = note_by_number(number);

    switch (type ? type->kind : NOTE_UNKNOWN) {
    case NOTE_NUMBER:
        return format_number(desc, n, big_endian, out);
    case NOTE_STRING:
        buffer_append(out, desc, n ? strnlen((const char *)desc, n) : 0);
        return true;
    case NOTE_PAIRS:
        return format_pairs(desc, n, big_endian, out);
    case NOTE_NUMBERS:
        return format_numbers(desc, n, big_endian, out);
    case NOTE_UNKNOWN:
        break;
    }
    format_bytes(desc, n, out);
    return true;
}

int note_add(struct keylist *list, uint32_t number, const uint8_t *desc,
             size_t n, bool big_endian)
{
    const struct note_type *type = note_by_number(number);
    CLEANUP_BUFFER struct buffer value = { 0 };
    char key[NOTE_KEY_MAX];

    if (type && note_format_value(number, desc, n, big_endian, &value)) {
        snprintf(key, sizeof(key), "%s", type->name);
    } else {
        snprintf(key, sizeof(key), "NOTE_%" PRIu32, number);
        format_bytes(desc, n, &value);
    }
    if (buffer_failed(&value))
        return -ENOMEM;
    return keylist_set(list, key, value.data ? value.data : "", value.length);
}

/* "0x" and hexadecimal digits; *text ends up behind them. */
static bool parse_hex(const char **text, uint64_t *out)
{
    unsigned long long value;
    char *end;

    if (strncmp(*text, "0x", 2) || !isxdigit((unsigned char)(*text)[2]))
        return false;
    errno = 0;
    value = strtoull(*text, &end, 16);
    if (errno)
        return false;
    *text = end;
    *out = value;
    return true;
}

bool note_parse_pairs(const char *value, struct note_pair *out, size_t max,
                      size_t *count_out)
{
    struct note_pair pair;
    size_t count = 0;

    do {
        if (count == max || !parse_hex(&value, &pair.mask))
            return false;
        if (*value++ != '/' || !parse_hex(&value, &pair.value))
            return false;
        out[count++] = pair;
    } while (*value++ == '|');
    if (value[-1])
        return false;
    *count_out = count;
    return true;
}

bool note_parse_numbers(const char *value, uint64_t *out, size_t max,
                        size_t *count_out)
{
    size_t count = 0;

    if (!*value) {
        *count_out = 0;
        return true;
    }
    do {
        if (count == max || !parse_hex(&value, &out[count]))
            return false;
        count++;
    } while (*value++ == '|');
    if (value[-1])
        return false;
    *count_out = count;
    return true;
}
