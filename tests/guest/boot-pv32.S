/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A 32-bit PV guest begins in protected mode, in ring 1, on PAE page tables
 * that Xen's tools have made.
 */
        .text
        .globl  _start
_start:
        cld
        mov     $boot_stack_top, %esp
        xor     %ebp, %ebp
        push    %esi                    /* Xen: start_info */
        call    guest_main
        ud2

        .section .note.GNU-stack, "", @progbits
