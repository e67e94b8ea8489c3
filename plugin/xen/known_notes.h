/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a domain's kernel, kept in the domain's own xenstore
 * directory in the layout of xend (Xen 3.1 to 4.4): image/<note>, names in
 * lower case with dashes, numbers in decimal.  A guest can read this directory
 * but not write it.
 */
#ifndef XEN_KNOWN_NOTES_H
#define XEN_KNOWN_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "format/keylist.h"
#include "util/error.h"
#include "xen/store.h"

/*
 * Writes the notes (keys: note names, values in list form) and
 * image/xen-resumable = "ORIGIN VERSION"; origin is "build" or "restore".  Of
 * more than fits, those that a verdict needs are written, then those that are
 * known by name.
 */
int known_notes_write(struct store *store, uint32_t domid,
                      const struct keylist *notes, const char *origin,
                      struct xr_error *err);

/*
 * The same of a domain that runs already, with origin "learned", as if it had
 * been built with the plugin.  If it has ended meanwhile nothing is left of
 * it.
 */
int known_notes_learn(struct store *store, uint32_t domid, const char *uuid,
                      const struct keylist *notes, struct xr_error *err);

/*
 * Reads them back into the empty list *out, in note order and list form; an
 * empty list where nothing is recorded.  deciding_only: just the notes that a
 * verdict needs, for a few requests per domain; *recorded_out (may be NULL)
 * says whether any note is recorded at all.
 */
int known_notes_read(struct store *store, uint32_t domid, bool deciding_only,
                     struct keylist *out, bool *recorded_out,
                     struct xr_error *err);

/* Is this one of the notes that a verdict needs? */
bool known_notes_decides(const char *note);

/*
 * Lets the guest say control/feature-resumable: libxl makes control/ read-only
 * to it but for nodes that it creates empty and hands over, and knows nothing
 * of this one.  Nothing is written into it.  Where that fails, the guest stays
 * as mute as under stock.
 */
void known_notes_invite(struct store *store, uint32_t domid);

#endif
