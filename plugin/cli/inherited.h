/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a careless parent has left to this process, and would do harm here.
 */
#ifndef CLI_INHERITED_H
#define CLI_INHERITED_H

#include <stdbool.h>

/*
 * To be called before anything is opened.  False, without a word, if a
 * standard file is closed and there is no /dev/null.
 *
 * - A standard file that is closed is opened the wrong way round, so that its
 *   use fails as before.  Else the next file has its number, and messages are
 *   written into an image.
 * - SIGCHLD is neither ignored nor blocked.  Else nobody learns how a child
 *   has ended, neither we nor libxl.
 */
bool inherited_mend(void);

#endif
