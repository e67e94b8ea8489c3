/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-notes KERNEL [hvm]: what Xen's own domain builder says about a kernel's
 * notes, one NAME=VALUE a line: libxenguest loads the image and logs each note
 * at level debug.  No Xen is needed for that.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>

/* "... ELF: note: SUSPEND_CANCEL = 0x1", strings in quotes. */
static void log_message(struct xentoollog_logger *logger,
                        xentoollog_level level, int errnoval,
                        const char *context, const char *format, va_list ap)
{
    static const char mark[] = "ELF: note: ";
    char line[4096];
    char *note, *value;

    (void)logger;
    (void)level;
    (void)errnoval;
    (void)context;
    vsnprintf(line, sizeof(line), format, ap);
    note = strstr(line, mark);
    if (!note)
        return;
    note += strlen(mark);
    note[strcspn(note, "\n")] = '\0';
    value = strstr(note, " = ");
    if (!value)
        return;
    *value = '\0';
    value += 3;
    if (*value == '"') {
        value++;
        value[strlen(value) - 1] = '\0';
    }
    printf("%s=%s\n", note, value);
}

static void log_progress(struct xentoollog_logger *logger,
                         const char *context, const char *what, int percent,
                         unsigned long done, unsigned long total)
{
    (void)logger;
    (void)context;
    (void)what;
    (void)percent;
    (void)done;
    (void)total;
}

int main(int argc, char **argv)
{
    xentoollog_logger logger = {
        .vmessage = log_message,
        .progress = log_progress,
    };
    xc_interface *xch = xc_interface_open(&logger, &logger,
                                          XC_OPENFLAG_DUMMY);
    struct xc_dom_image *dom = xch ? xc_dom_allocate(xch, "", "") : NULL;
    int r;

    if (!dom || argc < 2)
        return 2;
    dom->container_type = argc > 2 ? XC_DOM_HVM_CONTAINER
                                   : XC_DOM_PV_CONTAINER;
    r = xc_dom_kernel_file(dom, argv[1]);
    if (!r)
        r = xc_dom_parse_image(dom);
    xc_dom_release(dom);
    xc_interface_close(xch);
    return r ? 1 : 0;
}
