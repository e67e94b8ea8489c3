/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a domain's configuration says what can be changed: libxl's JSON or
 * libvirt's XML, as it stands in a save image, so that everything else of it
 * stays as it is, byte for byte.
 *
 * The text is of foreign origin.  Where readers might differ in what it says
 * (a name twice in an object, tags that do not match), it is refused: else the
 * word that is changed need not be the one that the toolstack reads.
 */
#ifndef LIB_CONFIG_PLACES_H
#define LIB_CONFIG_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

enum { CONFIG_PLACES_MAX = 1024 };

enum config_syntax {
    CONFIG_JSON,
    CONFIG_XML,
};

enum config_word {
    CONFIG_WORD_NAME, /* of the domain */
    CONFIG_WORD_UUID,
    CONFIG_WORD_DOMID, /* which it insists on: JSON only */
    CONFIG_WORD_VDEV, /* of a disk */
    CONFIG_WORD_TARGET,
    CONFIG_WORD_FORMAT,
    CONFIG_WORD_MAC,  /* of a virtual interface */
    CONFIG_WORD_BRIDGE,
    CONFIG_WORDS,
};

/* The text from begin up to end: in JSON with its quotes, in XML without. */
struct config_span {
    size_t begin, end;
    char *value; /* what it means; NULL in JSON: null, or no text */
};

enum config_place_kind {
    CONFIG_PLACE_DOMAIN,
    CONFIG_PLACE_DISK,
    CONFIG_PLACE_VIF,
};

/* Something that has words. */
struct config_place {
    enum config_place_kind kind;
    struct config_span words[CONFIG_WORDS]; /* end 0: it is not there */
    size_t inside;  /* where words, or elements, may be added; 0: nowhere */
    bool empty;     /* there is nothing behind that yet */
    bool is_other;  /* a disk in no file or device, a vif on no bridge */
    bool changed[CONFIG_WORDS]; /* for config_edit.c */
};

struct config_places {
    enum config_syntax syntax;
    struct config_place *places; /* in the order of the text */
    size_t count;
};

/*
 * Into *out, to be freed also after a failure.  -EINVAL: it is no JSON, or no
 * XML, or not of one meaning; -E2BIG: beyond a limit; both with the offset.
 */
int config_places_find(enum config_syntax syntax, const char *text, size_t n,
                       struct config_places *out, struct xr_error *err);
void config_places_free(struct config_places *places);

#define CLEANUP_CONFIG_PLACES \
    __attribute__((cleanup(config_places_free)))

/* For config_places_json.c and config_places_xml.c.  NULL without memory, or
   beyond the limit: then *r_out is the error. */
struct config_place *config_places_add(struct config_places *places,
                                       enum config_place_kind kind,
                                       int *r_out);
int config_places_find_json(const char *text, size_t n,
                            struct config_places *out, struct xr_error *err);
int config_places_find_xml(const char *text, size_t n,
                           struct config_places *out, struct xr_error *err);

#endif
