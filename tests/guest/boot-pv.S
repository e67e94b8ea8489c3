/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PV guest begins in long mode, on page tables that Xen's tools have made.
 */
        .text
        .globl  _start
_start:
        cld
        lea     boot_stack_top(%rip), %rsp
        mov     %rsi, %rdi              /* Xen: start_info */
        xor     %ebp, %ebp
        call    guest_main
        ud2

        .section .note.GNU-stack, "", @progbits
