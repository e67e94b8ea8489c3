/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/show_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/memory_image.h"
#include "util/buffer.h"
#include "util/number.h"

enum { BYTES_AT_ONCE = 65536, BYTES_ON_A_LINE = 16 };

int memory_place_take(const char *word, struct memory_place *out,
                      struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer address = { 0 };
    struct memory_place place = { .length = 0 };
    const char *colon = strchr(word, ':');

    buffer_append(&address, word, colon ? (size_t)(colon - word) : 0);
    if (!colon || colon == word || buffer_failed(&address)
        || !number_parse(address.data, &place.address)
        || !number_parse(colon + 1, &place.length) || !place.length
        || place.length - 1 > UINT64_MAX - place.address)
        return error_set(err, EINVAL, "an address and a length are expected, "
                         "such as 0x1000:64");
    *out = place;
    return 0;
}

/* How many digits all addresses get: on lines of less than 80 columns up to 64 GiB. */
static int address_digits(uint64_t last)
{
    int digits = 8;

    for (last >>= 32; last; last >>= 4)
        digits++;
    return digits;
}

/* "00001000  7f 45 4c 46 ...  |.ELF...|" */
static void print_bytes(uint64_t address, int digits, const uint8_t *bytes,
                        size_t n)
{
    size_t i;

    printf("%0*" PRIx64 " ", digits, address);
    for (i = 0; i < BYTES_ON_A_LINE; i++)
        if (i < n)
            printf("%s%02x", i == BYTES_ON_A_LINE / 2 ? "  " : " ", bytes[i]);
        else
            printf("%s  ", i == BYTES_ON_A_LINE / 2 ? "  " : " ");
    printf("  |");
    for (i = 0; i < n; i++)
        putchar(bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
    printf("|\n");
}

static void write_bytes(const struct memory_place *place, uint64_t address,
                        const uint8_t *bytes, size_t n)
{
    int digits = address_digits(place->address + place->length - 1);
    size_t at, step;

    if (!isatty(STDOUT_FILENO)) {
        fwrite(bytes, 1, n, stdout);
        return;
    }
    for (at = 0; at < n; at += step) {
        step = n - at < BYTES_ON_A_LINE ? n - at : BYTES_ON_A_LINE;
        print_bytes(address + at, digits, bytes + at, step);
    }
}

static int print_place(const struct memory_image *image,
                       const struct memory_place *place, struct xr_error *err)
{
    uint8_t bytes[BYTES_AT_ONCE];
    uint64_t at = 0;
    size_t n;
    int r = 0;

    for (; !r && at < place->length && !ferror(stdout); at += n) {
        n = place->length - at < BYTES_AT_ONCE ? (size_t)(place->length - at)
                                               : BYTES_AT_ONCE;
        r = memory_image_bytes(image, place->address + at, bytes, n, err);
        if (!r)
            write_bytes(place, place->address + at, bytes, n);
    }
    return r;
}

static int gather_hex(const struct memory_image *image,
                      const struct memory_place *place, struct buffer *hex,
                      struct xr_error *err)
{
    uint8_t bytes[BYTES_AT_ONCE];
    uint64_t at = 0;
    size_t n, i;
    int r = 0;

    if (place->length > SHOW_MEMORY_JSON_MAX)
        return error_because(err, XR_REASON_USAGE, EINVAL, "JSON has at most "
                             "%u bytes", (unsigned int)SHOW_MEMORY_JSON_MAX);
    for (; !r && at < place->length; at += n) {
        n = place->length - at < BYTES_AT_ONCE ? (size_t)(place->length - at)
                                               : BYTES_AT_ONCE;
        r = memory_image_bytes(image, place->address + at, bytes, n, err);
        for (i = 0; !r && i < n; i++)
            buffer_printf(hex, "%02x", bytes[i]);
    }
    return r || !buffer_failed(hex) ? r
           : error_set(err, ENOMEM, "out of memory");
}

static int json_place(const struct output *out,
                      const struct memory_image *image,
                      const struct memory_place *place, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer hex = { 0 };
    int r = gather_hex(image, place, &hex, err);
    yajl_gen g;

    if (r)
        return r;
    g = output_result_begin(out, NULL, NULL);
    json_key(g, "memory");
    yajl_gen_map_open(g);
    json_number(g, "address", place->address);
    json_number(g, "length", place->length);
    json_text(g, "bytes", hex.data);
    yajl_gen_map_close(g);
    output_result_end(out, g);
    return 0;
}

int show_memory(const struct output *out, const char *path, int fd,
                const struct memory_place *place)
{
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    struct xr_error err;
    int r = memory_image_read(fd, NULL, NULL, &image, &err);

    if (!r)
        r = output_is_json(out) ? json_place(out, &image, place, &err)
                                : print_place(&image, place, &err);
    return r ? output_file_failure(out, path, &err) : STATUS_YES;
}
