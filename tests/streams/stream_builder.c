/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stream_builder.h"

#include <stdlib.h>
#include <string.h>

#include "format/container.h"
#include "format/libxc.h"
#include "format/padding.h"
#include "format/pages.h"
#include "format/record.h"
#include "util/bytes.h"

enum { PAGE = 4096 };

void build_bytes(struct buffer *b, const void *bytes, size_t n)
{
    buffer_append(b, bytes, n);
    if (buffer_failed(b))
        abort();
}

void build_le32(struct buffer *b, uint32_t value)
{
    uint8_t bytes[4];

    store_le32(bytes, value);
    build_bytes(b, bytes, sizeof(bytes));
}

void build_le64(struct buffer *b, uint64_t value)
{
    uint8_t bytes[8];

    store_le64(bytes, value);
    build_bytes(b, bytes, sizeof(bytes));
}

void build_xl(struct buffer *b, const char *config)
{
    uint32_t n = (uint32_t)strlen(config) + 1;

    build_bytes(b, "Xen saved domain, xl format\n \0 \r", 32);
    build_le32(b, 0x01020304);
    build_le32(b, 3);
    build_le32(b, 0);
    build_le32(b, n + 4);
    build_le32(b, n);
    build_bytes(b, config, n);
}

void build_libvirt(struct buffer *b, const char *xml)
{
    static const uint8_t reserved[40];
    uint32_t n = (uint32_t)strlen(xml) + 1;

    build_bytes(b, "libvirt-xml\n \0 \r", 16);
    build_le32(b, 2);
    build_le32(b, n);
    build_bytes(b, reserved, sizeof(reserved));
    build_bytes(b, xml, n);
}

void build_libxl(struct buffer *b)
{
    build_bytes(b, "LibxlFmt\0\0\0\2\0\0\0\0", 16);
}

void build_libxc(struct buffer *b, unsigned version, unsigned type)
{
    static const uint8_t rest[8] = { 0 };
    uint8_t number[4] = { 0, 0, 0, (uint8_t)version };

    build_le64(b, UINT64_MAX);
    build_bytes(b, "XENF", 4);
    build_bytes(b, number, 4);
    build_bytes(b, rest, 8);
    build_le32(b, type);
    build_le32(b, 12);
    build_le32(b, 4);
    build_le32(b, version == 2 ? 12 : 17);
}

void build_record(struct buffer *b, uint32_t type, const void *body,
                  size_t n)
{
    static const uint8_t zeros[8];

    build_le32(b, type);
    build_le32(b, (uint32_t)n);
    if (n)
        build_bytes(b, body, n);
    build_bytes(b, zeros, (8 - n % 8) % 8);
}

void build_page_list(struct buffer *b, uint64_t first, uint32_t count)
{
    uint32_t i;

    build_le32(b, LIBXC_REC_PAGE_DATA);
    build_le32(b, 8 + count * (8 + PAGE));
    build_le64(b, count);
    for (i = 0; i < count; i++)
        build_le64(b, first + i);
}

static void build_written(struct buffer *b, uint64_t first, uint32_t count,
                          uint32_t times)
{
    uint8_t page[PAGE];
    uint32_t i;

    build_page_list(b, first, count);
    for (i = 0; i < count; i++) {
        memset(page, (int)(first + i + times), sizeof(page));
        build_bytes(b, page, sizeof(page));
    }
}

void build_pages(struct buffer *b, uint64_t first, uint32_t count)
{
    build_written(b, first, count, 0);
}

void build_padding(struct buffer *b, size_t ahead, size_t least)
{
    uint64_t n = padding_needed(b->length, ahead);
    uint8_t header[PADDING_HEADER_SIZE];

    while (n < least)
        n += PAGE;
    if (!n)
        return;
    padding_header(n, header);
    build_bytes(b, header, sizeof(header));
    for (n -= sizeof(header); n; n -= 8)
        build_le64(b, 0);
}

static void build_metadata_with(struct buffer *b, const char *more)
{
    CLEANUP_KEYLIST struct keylist list = { 0 }, extra = { 0 };

    keylist_set_text(&list, "domain.name", "web");
    keylist_set_text(&list, "image.GUEST_OS", "linux");
    keylist_set_text(&list, "image.SUSPEND_CANCEL", "0x1");
    if (keylist_parse(more, strlen(more), &extra, NULL)
        || keylist_copy_prefix(&list, &extra, "")
        || record_encode(&list, b, NULL))
        abort();
}

void build_metadata(struct buffer *b)
{
    build_metadata_with(b, "");
}

/* A body of n bytes that begins with the words given. */
static void build_filled(struct buffer *b, uint32_t type, uint32_t word,
                         size_t n)
{
    uint8_t *body = calloc(1, n);

    if (!body)
        abort();
    store_le32(body, word);
    build_record(b, type, body, n);
    free(body);
}

static void build_leaves(struct buffer *b)
{
    static const uint32_t numbers[] = { 0, 1, 0x80000000 };
    CLEANUP_BUFFER struct buffer leaves = { 0 };
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        build_le32(&leaves, numbers[i]);
        build_le32(&leaves, UINT32_MAX); /* no subleaf */
        build_le64(&leaves, 0);
        build_le64(&leaves, 0);
    }
    build_record(b, LIBXC_REC_X86_CPUID_POLICY, leaves.data, leaves.length);
}

static void build_static_data(struct buffer *b, const struct image_plan *plan)
{
    if (!plan->hvm)
        build_record(b, LIBXC_REC_X86_PV_INFO, "\10\4\0\0\0\0\0\0", 8);
    if (plan->version2)
        return;
    build_leaves(b);
    build_filled(b, LIBXC_REC_X86_MSR_POLICY, 0xce, 16);
    build_record(b, LIBXC_REC_STATIC_DATA_END, NULL, 0);
}

static void build_p2m(struct buffer *b, uint32_t pages)
{
    uint32_t frames = (pages - 1) / 512 + 1, i;

    build_le32(b, LIBXC_REC_X86_PV_P2M_FRAMES);
    build_le32(b, 8 + 8 * frames);
    build_le32(b, 0);
    build_le32(b, pages - 1);
    for (i = 0; i < frames; i++)
        build_le64(b, i);
}

static void build_batch(struct buffer *b, const struct image_plan *plan,
                        uint32_t first, uint32_t count, size_t least)
{
    if (plan->flat)
        build_padding(b, 8 + PAGE_LIST_OFFSET + 8 * (size_t)count, least);
    if (plan->write_pages)
        plan->write_pages(b, first, count);
    else
        build_pages(b, first, count);
}

/* Behind the pages an entry without data, of one that is no longer there. */
static void build_flat_memory(struct buffer *b, const struct image_plan *plan,
                              uint32_t pages, uint32_t batch)
{
    uint32_t batches = (pages - 1) / batch + 1, i, at, first;
    uint8_t gone[16] = { 1 };

    for (i = 0; i < batches; i++) {
        at = plan->live ? batches - 1 - i : i;
        first = at * batch;
        build_batch(b, plan, first, pages - first < batch ? pages - first
                                                          : batch,
                    i ? 0 : PAGE);
    }
    store_le64(gone + 8, (uint64_t)PAGE_XTAB << 60 | (pages - 1));
    build_record(b, LIBXC_REC_PAGE_DATA, gone, sizeof(gone));
}

static void build_memory(struct buffer *b, const struct image_plan *plan,
                         uint32_t pages)
{
    uint32_t batch = plan->batch ? plan->batch : 1024, first, round;

    if (plan->flat) {
        build_flat_memory(b, plan, pages, batch);
        return;
    }
    for (first = 0; first < pages; first += batch)
        build_batch(b, plan, first, pages - first < batch ? pages - first
                                                          : batch, 0);
    for (round = 1; round < plan->rounds; round++)
        for (first = 0; first < pages; first += batch)
            build_written(b, first, pages - first < batch ? pages - first
                                                          : batch, round);
    if (plan->live) {
        build_pages(b, 5, 2);
        build_pages(b, 2, 3);
    }
}

/* The state names its vCPU and its size once more. */
static void build_extended(struct buffer *b, unsigned vcpu)
{
    static const uint8_t zeros[120];
    CLEANUP_BUFFER struct buffer body = { 0 };

    build_le64(&body, vcpu);
    build_le32(&body, vcpu);
    build_le32(&body, 8 + sizeof(zeros));
    build_bytes(&body, zeros, sizeof(zeros));
    build_record(b, LIBXC_REC_X86_PV_VCPU_EXTENDED, body.data, body.length);
}

static void build_pv_state(struct buffer *b, unsigned vcpus)
{
    unsigned i;

    build_filled(b, LIBXC_REC_SHARED_INFO, 0, PAGE);
    for (i = 0; i < vcpus; i++) {
        build_filled(b, LIBXC_REC_X86_PV_VCPU_BASIC, i, 8 + 5168);
        build_extended(b, i);
        build_filled(b, LIBXC_REC_X86_PV_VCPU_XSAVE, i, 8 + 848);
    }
}

static void build_hvm_entry(struct buffer *b, unsigned type, unsigned instance,
                            uint32_t length)
{
    static const uint8_t body[64];

    build_le32(b, type | instance << 16);
    build_le32(b, length);
    build_bytes(b, body, length);
}

static void build_hvm_state(struct buffer *b, unsigned vcpus)
{
    CLEANUP_BUFFER struct buffer context = { 0 }, params = { 0 };
    unsigned i;

    build_hvm_entry(&context, 1, 0, 24);
    for (i = 0; i < vcpus; i++)
        build_hvm_entry(&context, 2, i, 60);
    build_hvm_entry(&context, 0, 0, 0);
    build_record(b, LIBXC_REC_HVM_CONTEXT, context.data, context.length);
    build_le64(&params, 2);
    build_le64(&params, 1);
    build_le64(&params, 5);
    build_le64(&params, 17);
    build_le64(&params, 6);
    build_record(b, LIBXC_REC_HVM_PARAMS, params.data, params.length);
}

/* Both of QEMU upstream's, the first of them. */
static void build_emulator(struct buffer *b)
{
    static const char keys[] = "\2\0\0\0\0\0\0\0"
        "physmap/fc000000/start_addr\0f0000000\0"
        "physmap/fc000000/name\0";
    static const char context[] = "\2\0\0\0\0\0\0\0"
        "QEVM\0\0\0\3\4block";

    build_record(b, LIBXL_REC_EMULATOR_XENSTORE_DATA, keys, sizeof(keys));
    build_record(b, LIBXL_REC_EMULATOR_CONTEXT, context, sizeof(context));
}

/* A flat image's text is made longer: libxl's stream begins at a multiple of 8. */
static char *text_of(const struct image_plan *plan)
{
    static const char config[] =
        "{\"c_info\":{\"name\":\"web\"},\"b_info\":{\"max_vcpus\":4}}";
    static const char xml[] = "<domain><name>web</name><vcpu>4</vcpu></domain>";
    const char *text = plan->config ? plan->config
                       : plan->container == 'v' ? xml : config;
    size_t before = plan->container == 'v' ? 64 : 52, n = strlen(text), end;
    char *out = calloc(1, n + 8);

    if (!out)
        abort();
    memcpy(out, text, n);
    for (end = n; plan->flat && (before + end + 1) % 8; end++)
        out[end] = ' ';
    return out;
}

static void build_wrapping(struct buffer *b, const struct image_plan *plan)
{
    char *text = text_of(plan);

    if (plan->container == 'x')
        build_xl(b, text);
    if (plan->container == 'v')
        build_libvirt(b, text);
    free(text);
    if (plan->container == 'c')
        return;
    build_libxl(b);
    build_record(b, 1, NULL, 0);
}

void build_image(struct buffer *b, const struct image_plan *plan)
{
    uint32_t pages = plan->pages ? plan->pages : 3000;
    unsigned vcpus = plan->vcpus ? plan->vcpus : 1;

    build_wrapping(b, plan);
    build_libxc(b, plan->version2 ? 2 : 3, plan->hvm ? 2 : 1);
    build_static_data(b, plan);
    if (!plan->hvm)
        build_p2m(b, pages);
    if (plan->metadata)
        build_metadata_with(b, plan->record ? plan->record : "");
    build_memory(b, plan, pages);
    build_filled(b, LIBXC_REC_X86_TSC_INFO, 1, 24);
    if (plan->hvm)
        build_hvm_state(b, vcpus);
    else
        build_pv_state(b, vcpus);
    build_record(b, LIBXC_REC_END, NULL, 0);
    if (plan->emulator)
        build_emulator(b);
    if (plan->container != 'c')
        build_record(b, 0, NULL, 0);
}
