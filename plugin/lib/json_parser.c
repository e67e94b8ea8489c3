/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yajl gets its memory here.  Where there is none left the parser is left as
 * it stands, by longjmp out of its allocation; all that it had taken is in a
 * list, and freed.  No frame but yajl's lies between: its callbacks have
 * returned whenever it allocates.
 */
#include "config.h"

#include "lib/json_parser.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>

struct block {
    struct block *next, *previous;
    max_align_t bytes[];
};

struct pool {
    struct block all; /* a ring */
    jmp_buf exhausted;
};

static struct block *block_of(void *bytes)
{
    return (struct block *)((char *)bytes - offsetof(struct block, bytes));
}

static void *pool_insert(struct pool *pool, struct block *block)
{
    block->next = pool->all.next;
    block->previous = &pool->all;
    block->next->previous = block;
    pool->all.next = block;
    return block->bytes;
}

static void unlink_block(struct block *block)
{
    block->previous->next = block->next;
    block->next->previous = block->previous;
}

static void *pool_take(void *data, size_t n)
{
    struct pool *pool = data;
    struct block *block = NULL;

    if (n <= (size_t)-1 / 2)
        block = malloc(sizeof(*block) + n);
    if (!block)
        longjmp(pool->exhausted, 1);
    return pool_insert(pool, block);
}

static void pool_give_back(void *data, void *bytes)
{
    (void)data;
    if (!bytes)
        return;
    unlink_block(block_of(bytes));
    free(block_of(bytes));
}

static void *pool_resize(void *data, void *bytes, size_t n)
{
    struct pool *pool = data;
    struct block *block, *new = NULL;

    if (!bytes)
        return pool_take(data, n);
    block = block_of(bytes);
    unlink_block(block);
    if (n <= (size_t)-1 / 2)
        new = realloc(block, sizeof(*block) + n);
    if (!new) {
        pool_insert(pool, block);
        longjmp(pool->exhausted, 1);
    }
    return pool_insert(pool, new);
}

static void pool_empty(struct pool *pool)
{
    while (pool->all.next != &pool->all)
        pool_give_back(pool, pool->all.next->bytes);
}

static int pool_parse(struct pool *pool, const yajl_callbacks *callbacks,
                      void *data, yajl_handle *parser_out, const char *text,
                      size_t n, size_t *bad_out)
{
    yajl_alloc_funcs memory = { pool_take, pool_resize, pool_give_back, pool };
    yajl_handle parser = yajl_alloc(callbacks, &memory, data);
    yajl_status status;

    *parser_out = parser;
    status = yajl_parse(parser, (const unsigned char *)text, n);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(parser);
    if (status == yajl_status_ok)
        return 0;
    if (bad_out)
        *bad_out = yajl_get_bytes_consumed(parser);
    return -EINVAL;
}

int json_parse_with(const yajl_callbacks *callbacks, void *data,
                    yajl_handle *parser_out, const char *text, size_t n,
                    size_t *bad_out)
{
    struct pool pool;
    int r;

    pool.all.next = pool.all.previous = &pool.all;
    if (setjmp(pool.exhausted)) {
        pool_empty(&pool);
        return -ENOMEM;
    }
    r = pool_parse(&pool, callbacks, data, parser_out, text, n, bad_out);
    pool_empty(&pool);
    return r;
}

int json_parse(const yajl_callbacks *callbacks, void *data, const char *text,
               size_t n, size_t *bad_out)
{
    yajl_handle parser;

    return json_parse_with(callbacks, data, &parser, text, n, bad_out);
}
