/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls some of the doors, linked against the installed libxenguest and
 * libxenlight with their versioned symbols, as a toolstack does; prints what
 * comes back.
 */
#include "config.h"

#include <stdio.h>

#include <libxl.h>
#include <xenctrl.h>
#include <xenguest.h>

/* With an argument: libxl's doors. */
static void events(void)
{
    libxl_evgen_domain_death *evgen = NULL;
    libxl_event *event = NULL;
    int enabled = libxl_evenable_domain_death(NULL, 7, 0, &evgen);
    int waited = libxl_event_wait(NULL, &event, 0, NULL, NULL);
    int checked = libxl_event_check(NULL, &event, 0, NULL, NULL);

    libxl_evdisable_domain_death(NULL, evgen);
    libxl_event_register_callbacks(NULL, NULL, NULL);
    printf("%d %d %d %s\n", enabled, waited, checked,
           evgen ? "enabled" : "disabled");
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        events();
    else {
        int first = xc_domain_resume(NULL, 7, 1);

        printf("%d %d\n", first, xc_domain_resume(NULL, 7, 0));
    }
    return 0;
}
