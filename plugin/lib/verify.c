/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/domain_config.h"
#include "lib/verify_state.h"
#include "util/cleanup.h"

/* Whose habits were read: Xen 4.6, where this format begins, to 4.22. */
enum {
    WRITER_MAJOR = 4,
    WRITER_MINOR_MAX = 22,
};

void verify_blame(struct verify *v, uint32_t at, const char *format, ...)
{
    char text[240] = "";
    va_list ap;

    /* Not worth the printing: it would not be kept. */
    if (verify_problems(v)->count < PROBLEMS_MAX) {
        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
    }
    problems_add(verify_problems(v), v->walk.body + at, "%s", text);
}

void verify_doubt(struct verify *v, int code, uint64_t offset,
                  const char *format, ...)
{
    char text[200];
    va_list ap;

    if (v->doubt.code)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    error_at(&v->doubt, code, offset, "cannot be judged: %s", text);
}

static void take_config(struct verify *v, const struct domain_config *config)
{
    v->max_vcpus = config->max_vcpus;
}

/* xl refuses a configuration that is no JSON; libvirt's XML is not parsed. */
static int check_text(struct verify *v, struct xr_error *err)
{
    CLEANUP_DOMAIN_CONFIG struct domain_config config = { 0 };
    uint64_t offset = v->walk.event.offset;
    CLEANUP_FREE char *text = NULL;
    struct xr_error why;
    int r = walk_text(&v->walk, &text, err);

    if (r == -E2BIG) {
        verify_doubt(v, E2BIG, offset, "a configuration of %s", err->message);
        return 0;
    }
    if (r)
        return r;
    if (v->walk.stream.container == CONTAINER_LIBVIRT)
        r = domain_config_from_xml(text, &config, &why);
    else if (v->walk.stream.xl.json)
        r = domain_config_from_json(text, v->walk.event.length, &config,
                                    &why);
    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (r == -E2BIG)
        verify_doubt(v, E2BIG, offset + why.offset, "%s", why.message);
    else if (r)
        problems_add(verify_problems(v), why.offset == XR_NO_OFFSET
                     ? offset : offset + why.offset, "%s", why.message);
    take_config(v, &config);
    return 0;
}

static void begin_libxc(struct verify *v)
{
    const struct stream *s = &v->walk.stream;
    bool hvm = s->domain.type == LIBXC_DOMAIN_X86_HVM;
    bool known = s->domain.xen_major == WRITER_MAJOR
                 && s->domain.xen_minor <= WRITER_MINOR_MAX;

    order_libxc(&v->order, hvm, s->image.version);
    v->later = !known;
    pages_init(&v->pages, hvm, !known);
    v->result->domain_type = s->domain.type;
    v->result->xen_major = s->domain.xen_major;
    v->result->xen_minor = s->domain.xen_minor;
}

/* At a layer's END: what should have come before it. */
static void check_lacks(struct verify *v, enum stream_layer layer)
{
    uint64_t offset = v->walk.event.offset;
    const char *what;

    while ((what = order_lacks(&v->order, layer)))
        problems_add(verify_problems(v), offset, "END, but %s", what);
    if (layer == STREAM_LIBXC && !v->options->structure
        && v->pages.covered < v->pages.limit)
        problems_add(verify_problems(v), offset,
                     "END, but of %llu pages only the first %llu came",
                     (unsigned long long)v->pages.limit,
                     (unsigned long long)v->pages.covered);
}

static int check_record(struct verify *v, struct xr_error *err)
{
    const struct stream_event *event = &v->walk.event;
    const char *name = stream_record_name(event->layer, event->type);
    const char *what = order_next(&v->order, event->layer, event->type,
                                  event->length);

    v->result->records++;
    if (what && !name && v->later
        && !(event->layer == STREAM_LIBXC
             && libxc_record_is_optional(event->type)))
        verify_doubt(v, ENOTSUP, event->offset, "a record of unknown type "
                     "0x%08x, written on Xen %u.%u", event->type,
                     v->result->xen_major, v->result->xen_minor);
    else if (what && name)
        problems_add(verify_problems(v), event->offset, "%s: %s", name, what);
    else if (what)
        problems_add(verify_problems(v), event->offset, "type 0x%08x: %s",
                     event->type, what);
    if (event->layer == STREAM_LIBXC && event->type == LIBXC_REC_CHECKPOINT) {
        verify_doubt(v, ENOTSUP, event->offset, "a stream of Remus or COLO, "
                     "which xl restore does not take");
        v->last_vcpu = -1;
        v->result->vcpus = 0;
    }
    /* Both ENDs are 0. */
    if (event->type == LIBXC_REC_END)
        check_lacks(v, event->layer);
    return event->layer == STREAM_LIBXC ? verify_libxc_body(v, err)
                                        : verify_libxl_body(v, err);
}

static int check_event(struct verify *v, struct xr_error *err)
{
    const struct stream_event *event = &v->walk.event;

    if (event->oddity)
        problems_add(verify_problems(v), event->oddity_offset, "%s",
                     event->oddity);
    if (event->kind == STREAM_EVENT_TEXT)
        return check_text(v, err);
    if (event->kind == STREAM_EVENT_LIBXC)
        begin_libxc(v);
    if (event->kind == STREAM_EVENT_RECORD)
        return check_record(v, err);
    return 0;
}

/* From event to event; the padding is known when the next one is. */
static int walk_all(struct verify *v, struct xr_error *err)
{
    int r;

    do {
        uint64_t end = v->walk.body + v->walk.event.length;

        r = walk_next(&v->walk, err);
        if (r)
            return r;
        if (v->walk.padding_set)
            problems_add(verify_problems(v), end, "padding that is not zero");
        r = check_event(v, err);
        if (!r)
            r = listener_progress(v->options->listener, v->walk.event.offset,
                                  v->walk.reader.size, err);
    } while (!r && v->walk.event.kind != STREAM_EVENT_END);
    return r;
}

/* What the walk could not get past is a problem, or a failure of reading. */
static int verify_stopped(struct verify *v, int r, struct xr_error *err)
{
    v->result->bytes = v->walk.reader.seekable ? v->walk.reader.size
                       : v->walk.reader.offset + v->walk.reader.length;
    if (r == -ENODATA) {
        problems_add(verify_problems(v), err->offset, "the image is cut off");
        return 0;
    }
    if (r == -ENOTSUP) {
        verify_doubt(v, ENOTSUP, err->offset == XR_NO_OFFSET
                     ? v->walk.stream.offset : err->offset, "%s",
                     err->message);
        return 0;
    }
    if (r != -EINVAL)
        return r;
    problems_add(verify_problems(v), err->offset == XR_NO_OFFSET
                 ? v->walk.stream.offset : err->offset, "%s", err->message);
    return 0;
}

/* What is wrong all the same is the answer. */
static int heed_doubt(struct verify *v, struct xr_error *err)
{
    if (!v->doubt.code || verify_problems(v)->found)
        return 0;
    *err = v->doubt;
    return -err->code;
}

static void verify_conclude(struct verify *v, int r)
{
    struct verify_result *result = v->result;

    result->container = v->walk.stream.container;
    result->pages = v->pages.with_data;
    result->pages_covered = v->pages.covered;
    result->ok = !r && result->complete && !result->problems.found;
}

int verify_image(int fd, const struct verify_options *options,
                 struct verify_result *out, struct xr_error *err)
{
    CLEANUP_FREE struct verify *v = calloc(1, sizeof(*v));
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    struct xr_error local;
    int r;

    *out = (struct verify_result){ 0 };
    if (!err)
        err = &local;
    if (!v || !sealer)
        return error_set(err, ENOMEM, "out of memory");
    v->options = options;
    v->result = out;
    v->last_vcpu = -1;
    order_init(&v->order);
    record_finder_init(&v->finder);
    walk_open(&v->walk, fd);
    v->walk.reader.listener = options->listener;
    if (!v->walk.reader.seekable)
        verify_tap(v, sealer);
    r = walk_all(v, err);
    out->complete = !r;
    r = r ? verify_stopped(v, r, err) : verify_trailer(v, err);
    if (!r && out->problems.failed)
        r = error_set(err, ENOMEM, "out of memory");
    if (!r)
        r = heed_doubt(v, err);
    verify_conclude(v, r);
    cleanup_free(&v->places);
    return r;
}

void verify_result_free(struct verify_result *result)
{
    problems_free(&result->problems);
}

const char *verify_result_type(const struct verify_result *result)
{
    return libxc_domain_type_name(result->domain_type);
}

const char *seal_state_name(enum seal_state state)
{
    static const char *const names[] = {
        [SEAL_ABSENT] = "absent",
        [SEAL_MATCH] = "match",
        [SEAL_MISMATCH] = "mismatch",
        [SEAL_NOT_CHECKED] = "not checked",
    };

    return names[state];
}
