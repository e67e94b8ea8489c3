/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libxlutil's reader of xl.conf syntax, loaded when there is something to be
 * read and not before.
 *
 * It is not linked: it needs all of libxenlight, and libxl-save-helper, which
 * links neither, would map a dozen libraries more on every host that has no
 * configuration.  Loading it costs a process about a millisecond, and
 * nothing that has it already (xl, libvirtd).  It comes in the same package
 * as the libxenguest that the core is built for.
 */
#ifndef XEN_XLUTIL_H
#define XEN_XLUTIL_H

#include <libxlutil.h>

#include "util/error.h"

struct xlutil {
    void *library;
    __typeof__(xlu_cfg_init) *cfg_init;
    __typeof__(xlu_cfg_readdata) *cfg_readdata;
    __typeof__(xlu_cfg_destroy) *cfg_destroy;
    __typeof__(xlu_cfg_get_string) *cfg_get_string;
    __typeof__(xlu_cfg_get_long) *cfg_get_long;
    __typeof__(xlu_cfg_get_list) *cfg_get_list;
    __typeof__(xlu_cfg_get_listitem) *cfg_get_listitem;
    __typeof__(xlu_cfg_get_listitem2) *cfg_get_listitem2;
    __typeof__(xlu_cfg_value_get_list) *cfg_value_get_list;
};

/* Close it on success only. */
int xlutil_open(struct xlutil *out, struct xr_error *err);
void xlutil_close(struct xlutil *xlutil);

#endif
