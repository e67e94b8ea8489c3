/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "packers.h"

#include <stdint.h>
#include <stdlib.h>

#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "util/bytes.h"

static void put32(struct buffer *out, uint32_t value, int big_endian)
{
    uint8_t bytes[4];

    store_le32(bytes, big_endian ? __builtin_bswap32(value) : value);
    buffer_append(out, bytes, sizeof(bytes));
}

static void must(int ok)
{
    if (!ok)
        abort();
}

/* Linux puts the plain size behind every payload but gzip's. */
static void finish(struct buffer *out, char *bytes, size_t n,
                   const struct buffer *in)
{
    buffer_append(out, bytes, n);
    if (in)
        put32(out, (uint32_t)in->length, 0);
    free(bytes);
}

static char *room_for(const struct buffer *in, size_t *n)
{
    char *room;

    *n = in->length + in->length / 2 + 4096;
    room = malloc(*n);
    must(room != NULL);
    return room;
}

static void pack_gzip(struct buffer *out, const struct buffer *in)
{
    z_stream stream = { 0 };
    size_t n;
    char *room = room_for(in, &n);

    /* The best costs ten times as much, of which no reader sees a thing. */
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 9,
                 Z_DEFAULT_STRATEGY);
    stream.next_in = (Bytef *)in->data;
    stream.avail_in = (uInt)in->length;
    stream.next_out = (Bytef *)room;
    stream.avail_out = (uInt)n;
    deflate(&stream, Z_FINISH);
    n = stream.total_out;
    deflateEnd(&stream);
    finish(out, room, n, NULL);
}

static void pack_bzip2(struct buffer *out, const struct buffer *in)
{
    size_t n;
    char *room = room_for(in, &n);
    unsigned made = (unsigned)n;

    BZ2_bzBuffToBuffCompress(room, &made, in->data, (unsigned)in->length, 9,
                             0, 0);
    finish(out, room, made, in);
}

static void pack_xz(struct buffer *out, const struct buffer *in)
{
    lzma_options_lzma options;
    lzma_filter filters[] = {
        { LZMA_FILTER_X86, NULL },
        { LZMA_FILTER_LZMA2, &options },
        { LZMA_VLI_UNKNOWN, NULL },
    };
    size_t n, made = 0;
    char *room = room_for(in, &n);

    lzma_lzma_preset(&options, 6);
    must(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL,
                                   (uint8_t *)in->data, in->length,
                                   (uint8_t *)room, &made, n) == LZMA_OK);
    finish(out, room, made, in);
}

static void pack_lzma(struct buffer *out, const struct buffer *in)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    size_t n;
    char *room = room_for(in, &n);

    lzma_lzma_preset(&options, 6);
    must(lzma_alone_encoder(&stream, &options) == LZMA_OK);
    stream.next_in = (uint8_t *)in->data;
    stream.avail_in = in->length;
    stream.next_out = (uint8_t *)room;
    stream.avail_out = n;
    must(lzma_code(&stream, LZMA_FINISH) == LZMA_STREAM_END);
    n = stream.total_out;
    lzma_end(&stream);
    finish(out, room, n, in);
}

static void pack_zstd(struct buffer *out, const struct buffer *in)
{
    size_t n;
    char *room = room_for(in, &n);

    n = ZSTD_compress(room, n, in->data, in->length, 9);
    finish(out, room, n, in);
}

static void pack_lz4(struct buffer *out, const struct buffer *in)
{
    enum { BLOCK = 8 << 20 };
    size_t done, n;
    char *room = room_for(in, &n);

    put32(out, 0x184c2102, 0);
    for (done = 0; done < in->length; done += BLOCK) {
        size_t left = in->length - done;
        int made = LZ4_compress_default(in->data + done, room,
                                        (int)(left < BLOCK ? left : BLOCK),
                                        (int)n);

        put32(out, (uint32_t)made, 0);
        buffer_append(out, room, (size_t)made);
    }
    finish(out, room, 0, in);
}

/* lzop's header: CRC flags off, Adler-32 of the output on. */
static void pack_lzo(struct buffer *out, const struct buffer *in)
{
    static const char header[] =
        "\x89LZO\0\r\n\x1a\n" "\x10\x40" "\x20\xa0" "\x09\x40" "\x03" "\x09"
        "\0\0\0\1" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\4" "name" "\0\0\0\0";
    enum { BLOCK = 256 << 10 };
    size_t done, n;
    char *room = room_for(in, &n);
    char *work = malloc(LZO1X_1_MEM_COMPRESS);

    must(work != NULL);
    buffer_append(out, header, sizeof(header) - 1);
    for (done = 0; done < in->length; done += BLOCK) {
        size_t left = in->length - done;
        size_t size = left < BLOCK ? left : BLOCK;
        const uint8_t *plain = (const uint8_t *)in->data + done;
        lzo_uint made = n;

        lzo1x_1_compress(plain, size, (uint8_t *)room, &made, work);
        put32(out, (uint32_t)size, 1);
        put32(out, (uint32_t)(made < size ? made : size), 1);
        put32(out, 0, 1);
        buffer_append(out, made < size ? (uint8_t *)room : plain,
                      made < size ? made : size);
    }
    put32(out, 0, 1);
    free(work);
    finish(out, room, 0, in);
}

const struct packer packers[] = {
    { "gzip", pack_gzip }, { "bzip2", pack_bzip2 }, { "xz", pack_xz },
    { "lzma", pack_lzma }, { "zstd", pack_zstd }, { "lz4", pack_lz4 },
    { "lzo", pack_lzo }, { NULL, NULL },
};
