/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ctrl-C and its kin ask an operation to stop; the process ends when that has
 * brought everything in order.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* SIGINT, SIGHUP, SIGQUIT and SIGTERM from now on; SIGPIPE is ignored. */
void signals_take(void);

/*
 * The same, and blocked but while the engine waits for libxl (SIGTERM is not),
 * so that libxl-save-helper inherits that: it is libxl that ends it, by a
 * SIGTERM, and not the terminal.
 */
void signals_take_blocked(void);

/*
 * No signal interrupts what stands between these: a write to a full pipe would
 * fail, and stdio would drop what it was to write.  They come at the release.
 * Nothing happens where the signals have not been taken.  They do not nest.
 */
void signals_hold(void);
void signals_release(void);

/* One has come. */
bool signals_want_stop(void);

#endif
