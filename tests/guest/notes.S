/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notes, the stack and the hypercall page.  The entry point is in boot-pv.S
 * or boot-pvh.S.
 */
#include "flavour.h"

#define __ASSEMBLY__
#include <xen/elfnote.h>

        .text
        .balign 4096
        .globl  hypercall_page
hypercall_page:
        .skip   4096

        .bss
        .balign 4096
        .skip   16384
        .globl  boot_stack_top
boot_stack_top:

#ifdef __i386__
#define WORD .long
#else
#define WORD .quad
#endif

/* Name, description and type of a note as elfnote.h wants them. */
#define NOTE(type, value...)                    \
        .pushsection .note.Xen, "a", @note ;    \
        .balign 4 ;                             \
        .long   2f - 1f, 4f - 3f, type ;        \
1:      .asciz  "Xen" ;                         \
2:      .balign 4 ;                             \
3:      value ;                                 \
4:      .balign 4 ;                             \
        .popsection

NOTE(XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0")
NOTE(XEN_ELFNOTE_GUEST_OS,       .asciz GUEST_OS)
NOTE(XEN_ELFNOTE_GUEST_VERSION,  .asciz "1.0")
NOTE(XEN_ELFNOTE_LOADER,         .asciz "generic")
NOTE(XEN_ELFNOTE_PAE_MODE,       .asciz "yes")
NOTE(XEN_ELFNOTE_VIRT_BASE,      WORD 0)
NOTE(XEN_ELFNOTE_PADDR_OFFSET,   WORD 0)
#ifdef PVH
NOTE(XEN_ELFNOTE_PHYS32_ENTRY,   WORD _start)
#else
NOTE(XEN_ELFNOTE_ENTRY,          WORD _start)
#endif
NOTE(XEN_ELFNOTE_HYPERCALL_PAGE, WORD hypercall_page)
#ifdef FEATURES
NOTE(XEN_ELFNOTE_FEATURES,       .asciz FEATURES)
#endif
#ifdef L1_MFN_VALID
NOTE(XEN_ELFNOTE_L1_MFN_VALID,   .quad L1_MFN_VALID, L1_MFN_VALID)
#endif
#ifdef SUSPEND_CANCEL
NOTE(XEN_ELFNOTE_SUSPEND_CANCEL, .long SUSPEND_CANCEL)
#endif
#ifdef LYING_NOTE
/* Three bytes where a number is expected: no width that anybody reads. */
NOTE(XEN_ELFNOTE_SUSPEND_CANCEL, .byte 1, 2, 3)
/* And a feature that would climb out of a xenstore directory. */
NOTE(XEN_ELFNOTE_INFO,           .asciz "../../evil\033[2J,SUSPEND_CANCEL=0x1")
#endif
#ifdef OVERLONG_NOTE
/* The last one: longer than the segment, the file and the guest's memory. */
        .pushsection .note.Xen, "a", @note
        .balign 4
        .long   4, OVERLONG_NOTE, XEN_ELFNOTE_SUSPEND_CANCEL
        .asciz  "Xen"
        .long   1
        .popsection
#endif

        .section .note.GNU-stack, "", @progbits
