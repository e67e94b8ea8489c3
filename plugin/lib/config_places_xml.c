/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's XML:
 *
 *   <domain><name>...</name><uuid>...</uuid><devices>
 *     <disk type='file|block'><source file|dev='...'/><target dev='...'/>
 *     </disk>
 *     <interface type='bridge'><mac address='...'/><source bridge='...'/>
 *     </interface>
 *   </devices></domain>
 *
 * Only what stands at that very place counts: a disk's backing store has
 * sources, too.
 */
#include "config.h"

#include "lib/config_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xml_scan.h"
#include "lib/xml_text.h"

enum element {
    ELEMENT_OTHER,
    ELEMENT_ALL, /* <domain> */
    ELEMENT_NAME,
    ELEMENT_UUID,
    ELEMENT_DEVICES,
    ELEMENT_DISK,
    ELEMENT_DISK_SOURCE,
    ELEMENT_DISK_TARGET,
    ELEMENT_DISK_DRIVER,
    ELEMENT_VIF,
    ELEMENT_VIF_MAC,
    ELEMENT_VIF_SOURCE,
};

static const struct {
    enum element above;
    const char *name;
    enum element element;
} elements[] = {
    { ELEMENT_ALL, "name", ELEMENT_NAME },
    { ELEMENT_ALL, "uuid", ELEMENT_UUID },
    { ELEMENT_ALL, "devices", ELEMENT_DEVICES },
    { ELEMENT_DEVICES, "disk", ELEMENT_DISK },
    { ELEMENT_DISK, "source", ELEMENT_DISK_SOURCE },
    { ELEMENT_DISK, "target", ELEMENT_DISK_TARGET },
    { ELEMENT_DISK, "driver", ELEMENT_DISK_DRIVER },
    { ELEMENT_DEVICES, "interface", ELEMENT_VIF },
    { ELEMENT_VIF, "mac", ELEMENT_VIF_MAC },
    { ELEMENT_VIF, "source", ELEMENT_VIF_SOURCE },
};

static const struct {
    enum element element;
    const char *attribute;
    enum config_word word;
} attributes[] = {
    { ELEMENT_DISK_SOURCE, "file", CONFIG_WORD_TARGET },
    { ELEMENT_DISK_SOURCE, "dev", CONFIG_WORD_TARGET },
    { ELEMENT_DISK_TARGET, "dev", CONFIG_WORD_VDEV },
    { ELEMENT_DISK_DRIVER, "type", CONFIG_WORD_FORMAT },
    { ELEMENT_VIF_MAC, "address", CONFIG_WORD_MAC },
    { ELEMENT_VIF_SOURCE, "bridge", CONFIG_WORD_BRIDGE },
};

struct xml_finder {
    struct config_places *places;
    struct xml_scan scan;
    struct xml_token token;
    enum element open[XML_DEPTH_MAX];
    size_t depth;
    struct xr_error *err;
};

static int is_ambiguous(const struct xml_finder *f, size_t at)
{
    return error_at(f->err, EINVAL, at, "the configuration says one thing "
                    "twice, or not at all");
}

static int find_failed(const struct xml_finder *f, int r)
{
    if (r == -E2BIG)
        return error_at(f->err, E2BIG, f->token.span.begin, "more than %d "
                        "disks and interfaces", CONFIG_PLACES_MAX);
    return error_set(f->err, ENOMEM, "out of memory");
}

static enum element element_above(const struct xml_finder *f)
{
    return f->depth ? f->open[f->depth - 1] : ELEMENT_OTHER;
}

static enum element element_of(const struct xml_finder *f)
{
    size_t i;

    if (!f->depth)
        return xml_span_is(&f->scan, &f->token.name, "domain")
                   ? ELEMENT_ALL : ELEMENT_OTHER;
    for (i = 0; i < sizeof(elements) / sizeof(*elements); i++)
        if (elements[i].above == element_above(f)
            && xml_span_is(&f->scan, &f->token.name, elements[i].name))
            return elements[i].element;
    return ELEMENT_OTHER;
}

/* That of the element that is open; the domain's is the first. */
static struct config_place *place_of(const struct xml_finder *f,
                                     enum element element)
{
    bool domain = element == ELEMENT_NAME || element == ELEMENT_UUID;

    return &f->places->places[domain ? 0 : f->places->count - 1];
}

static int take_span(struct xml_finder *f, enum element element,
                     enum config_word word, const struct xml_span *span)
{
    CLEANUP_BUFFER struct buffer value = { 0 };
    struct config_span *out = &place_of(f, element)->words[word];

    if (out->value)
        return is_ambiguous(f, span->begin);
    xml_put_decoded(&value, f->scan.text + span->begin,
                    span->end - span->begin);
    out->value = buffer_steal(&value);
    out->begin = span->begin;
    out->end = span->end;
    return out->value ? 0 : find_failed(f, -ENOMEM);
}

static int take_attributes(struct xml_finder *f, enum element element)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < sizeof(attributes) / sizeof(*attributes); i++) {
        const struct xml_attribute *found =
            attributes[i].element == element
                ? xml_token_attribute(&f->scan, &f->token,
                                      attributes[i].attribute) : NULL;

        if (found)
            r = take_span(f, element, attributes[i].word, &found->value);
    }
    return r;
}

/* Is it of one of these types?  NULL: there is but one. */
static bool is_type(const struct xml_finder *f, const char *one,
                    const char *other)
{
    const struct xml_attribute *type =
        xml_token_attribute(&f->scan, &f->token, "type");

    return type && (xml_span_is(&f->scan, &type->value, one)
                    || (other && xml_span_is(&f->scan, &type->value, other)));
}

static int begin_element(struct xml_finder *f, enum element element)
{
    struct config_place *place;
    int r = 0;

    if (element != ELEMENT_ALL && element != ELEMENT_DISK
        && element != ELEMENT_VIF)
        return 0;
    place = config_places_add(f->places,
                              element == ELEMENT_ALL ? CONFIG_PLACE_DOMAIN
                              : element == ELEMENT_DISK ? CONFIG_PLACE_DISK
                              : CONFIG_PLACE_VIF, &r);
    if (!place)
        return find_failed(f, r);
    place->inside = f->token.closed ? 0 : f->token.span.end;
    if (element == ELEMENT_DISK)
        place->is_other = !is_type(f, "file", "block");
    if (element == ELEMENT_VIF)
        place->is_other = !is_type(f, "bridge", NULL);
    return 0;
}

static enum config_word text_word(enum element element)
{
    return element == ELEMENT_NAME ? CONFIG_WORD_NAME
           : element == ELEMENT_UUID ? CONFIG_WORD_UUID : CONFIG_WORDS;
}

/* Its text is yet to come, or there is none. */
static int begin_text(struct xml_finder *f, enum element element)
{
    enum config_word word = text_word(element);
    struct config_span *span;

    if (word == CONFIG_WORDS)
        return 0;
    span = &place_of(f, element)->words[word];
    if (span->end || f->token.closed)
        return is_ambiguous(f, f->token.span.begin);
    span->begin = span->end = f->token.span.end;
    return 0;
}

static int take_element(struct xml_finder *f)
{
    enum element element = element_of(f);
    int r;

    if (element == ELEMENT_OTHER) {
        f->open[f->depth++] = element;
        return 0;
    }
    r = begin_element(f, element);
    if (!r)
        r = begin_text(f, element);
    if (!r)
        r = take_attributes(f, element);
    f->open[f->depth++] = element;
    return r;
}

/* What stands in an element is one text, or nobody can say where it is. */
static int take_element_text(struct xml_finder *f)
{
    enum element element = element_above(f);

    if (text_word(element) == CONFIG_WORDS)
        return 0;
    if (f->token.is_cdata)
        return is_ambiguous(f, f->token.span.begin);
    return take_span(f, element, text_word(element), &f->token.span);
}

int config_places_find_xml(const char *text, size_t n,
                           struct config_places *out, struct xr_error *err)
{
    struct xml_finder f = { .places = out, .err = err };
    int r;

    xml_scan_begin(&f.scan, text, n);
    do {
        r = xml_scan_next(&f.scan, &f.token, err);
        if (r)
            return r;
        if (f.token.kind == XML_OPEN)
            r = take_element(&f);
        else if (f.token.kind == XML_CLOSE)
            f.depth--;
        else if (f.token.kind == XML_TEXT)
            r = take_element_text(&f);
    } while (!r && f.token.kind != XML_END);
    if (!r && (!out->count || out->places[0].kind != CONFIG_PLACE_DOMAIN))
        r = error_set(err, EINVAL, "the configuration is not of a domain");
    return r;
}
