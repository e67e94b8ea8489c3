/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls one of the doors, linked against the installed libxenguest with its
 * versioned symbols, as a toolstack does; prints what comes back.
 */
#include "config.h"

#include <stdio.h>

#include <xenctrl.h>
#include <xenguest.h>

int main(void)
{
    int first = xc_domain_resume(NULL, 7, 1);

    printf("%d %d\n", first, xc_domain_resume(NULL, 7, 0));
    return 0;
}
