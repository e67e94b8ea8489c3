/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The libxenguest of a Xen that does not exist: every door's function is of
 * whatever prototype future_target is, for each just jumps there.
 */
#include "hook/doors.h"

        .macro  future name
        .text
        .globl  \name
        .type   \name, @function
\name:
        .cfi_startproc
        endbr64
        movq    future_target@GOTPCREL(%rip), %r11
        jmp     *(%r11)
        .cfi_endproc
        .size   \name, . - \name
        .endm

#define DOOR(name, library) future name;
HOOK_DOORS(DOOR)

        .bss
        .p2align 3
        .globl  future_target
        .type   future_target, @object
        .size   future_target, 8
future_target:
        .skip   8
/* What the core made for it is to call while it is loaded. */
        .globl  future_core
        .type   future_core, @object
        .size   future_core, 8
future_core:
        .skip   8

        .section .note.GNU-stack, "", @progbits
