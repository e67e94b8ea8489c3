/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's QEMU.  An HVM guest's is asked whether it can save its devices: it
 * does not refuse when libxl has it save them, but exits, and leaves the guest
 * without devices.  And one that serves disks is told to write what it keeps
 * of them to itself.
 */
#ifndef DOMAIN_DEVICE_MODEL_H
#define DOMAIN_DEVICE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum device_model_answer {
    DEVICE_MODEL_CAN_SAVE,
    DEVICE_MODEL_CANNOT, /* text: why, in its words */
    DEVICE_MODEL_DOUBTS, /* it would not migrate; text: why, in its words */
    DEVICE_MODEL_SILENT, /* nobody knows; text: why it could not be asked */
};

/* Where libxl puts QEMU's sockets. */
#define DEVICE_MODEL_DIR "/var/run/xen"

/*
 * Asks for five seconds at most.  dir: where the sockets are.  The socket is
 * the one that libxl makes for xentop: libxl's own takes one client at a time.
 */
enum device_model_answer device_model_ask(const char *dir, uint32_t domid,
                                          char *text, size_t room);

/*
 * "stop", which flushes, and "cont" if it was not stopped before.  For five
 * seconds at most.  False: text says why not.
 */
bool device_model_flush(const char *dir, uint32_t domid, char *text,
                        size_t room);

/* Could it be told so?  Nothing is changed. */
bool device_model_answers(const char *dir, uint32_t domid, char *text,
                          size_t room);

/*
 * Is it as "stop" leaves it?  Of a guest that runs, and is not HVM, only who was killed
 * between "stop" and "cont" leaves it so.  device_model_go_on: it was, and goes on now.
 */
bool device_model_is_stopped(const char *dir, uint32_t domid);
bool device_model_go_on(const char *dir, uint32_t domid);

#endif
