/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's configuration with a few words changed: another name, another
 * disk, bridge or MAC address.  Nothing but these words is touched.
 */
#ifndef LIB_CONFIG_EDIT_H
#define LIB_CONFIG_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config_places.h"
#include "util/error.h"

enum {
    CONFIG_EDITS_MAX = 64,
    CONFIG_MAC_ROOM = 18, /* of "00:16:3e:01:02:03" */
};

enum config_edit_kind {
    CONFIG_EDIT_NAME,
    CONFIG_EDIT_UUID,
    CONFIG_EDIT_DISK,   /* of: "xvda" */
    CONFIG_EDIT_BRIDGE, /* of: the bridge that it was */
    CONFIG_EDIT_MAC,    /* of: the number of an interface; NULL: all that no
                           other edit names */
};

/* Texts are borrowed. */
struct config_edit {
    enum config_edit_kind kind;
    const char *of;
    size_t of_length;
    uint64_t number;    /* of: as one, of an interface */
    const char *to;     /* NULL, of a MAC address: a new one */
};

/*
 * VDEV=TARGET, OLD=NEW, VIF=MAC or "new", a name or a uuid, by the kind.
 * Borrows the word.  -EINVAL: *err says what is expected.
 */
int config_edit_parse(enum config_edit_kind kind, const char *word,
                      struct config_edit *out, struct xr_error *err);

/* Is it a uuid as people write it? */
bool config_is_uuid(const char *word);

enum { CONFIG_UUID_ROOM = 37 };

/* As locks and notes have it, in small letters; what is longer is cut off. */
void config_lower_uuid(const char *uuid, char out[CONFIG_UUID_ROOM]);

/* What was changed; the texts are its own. */
struct config_change {
    const char *what;   /* "name", "uuid", "disk", "bridge", "mac" */
    char *of;           /* "xvda", or the number of an interface; or NULL */
    char *from, *to;    /* from: NULL: nothing was said */
};

struct config_edited {
    char *text;
    struct config_change *changes;
    size_t count;
};

/*
 * The text with these edits into *out, to be freed also after a failure.
 * -ENOENT: there is no such disk or interface, and *err says which there are;
 * -EINVAL and -E2BIG as of config_places_find(), or of edits that contradict
 * each other.
 */
int config_edit(enum config_syntax syntax, const char *text, size_t n,
                const struct config_edit *edits, size_t count,
                struct config_edited *out, struct xr_error *err);

void config_edited_free(struct config_edited *edited);

#define CLEANUP_CONFIG_EDITED \
    __attribute__((cleanup(config_edited_free)))

#endif
