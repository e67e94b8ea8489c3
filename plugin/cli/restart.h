/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_RESTART_H
#define CLI_RESTART_H

/*
 * The stub must be there before libxl is, so the program starts anew, with
 * these words.  Returns an exit status if it cannot, which it has said, of
 * that verb.
 */
int restart_under_stub(const char *verb, char **argv);

#endif
