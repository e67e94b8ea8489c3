/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the stub has to say, on stderr of a program that is not ours: it may
 * have a guest suspended, which is not to wait for who reads this; and it is
 * not to end by a SIGPIPE if nobody does any more.
 */
#ifndef HOOK_WARN_H
#define HOOK_WARN_H

#include <stdbool.h>

/* "xen-resumable: warning: ..."; false: nobody would read it now. */
__attribute__((format(printf, 1, 2)))
bool stub_warn(const char *format, ...);

#endif
