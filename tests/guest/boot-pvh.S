/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PVH guest begins in 32-bit protected mode without paging.  It goes on in
 * long mode, where virtual addresses are physical ones; the first 4 GiB are
 * mapped, for Xen has its rings just below their end.
 *
 * No interrupt is ever enabled, so there is no IDT: an exception ends the
 * domain by a triple fault.
 */
#define PRESENT_WRITABLE        0x3
#define LARGE                   0x80
#define LARGE_BYTES             0x200000
#define PER_PAGE                512
#define GIBS                    4

#define CR0_PG                  (1 << 31)
#define CR4_PAE                 (1 << 5)
#define MSR_EFER                0xc0000080
#define EFER_LME                (1 << 8)

#define CODE_SELECTOR           0x08
#define DATA_SELECTOR           0x10

        .text
        .code32
        .globl  _start
_start:
        cld
        mov     $boot_stack_top, %esp
        mov     $page_map, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $CR4_PAE, %eax
        mov     %eax, %cr4
        mov     $MSR_EFER, %ecx
        rdmsr
        or      $EFER_LME, %eax
        wrmsr
        mov     %cr0, %eax
        or      $CR0_PG, %eax
        mov     %eax, %cr0
        lgdt    descriptors_place
        ljmp    $CODE_SELECTOR, $long_mode

        .code64
long_mode:
        mov     $DATA_SELECTOR, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     %ebx, %edi              /* hvm_start_info, or Multiboot's */
        xor     %ebp, %ebp
        call    guest_main
        ud2

/*
 * For QEMU, which loads the kernel of an HVM guest: Multiboot 0.6.96, with the
 * addresses, for it takes no ELF file of 64 bits.
 */
#define MULTIBOOT_MAGIC         0x1badb002
#define MULTIBOOT_ADDRESSES     (1 << 16)

        .section .multiboot, "a", @progbits
        .balign 4
multiboot_header:
        .long   MULTIBOOT_MAGIC, MULTIBOOT_ADDRESSES
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_ADDRESSES)
        .long   multiboot_header, image_base, data_end, image_end, _start

        .data
        .balign 8
descriptors:
        .quad   0
        .quad   0x00af9b000000ffff      /* code, 64 bits */
        .quad   0x00cf93000000ffff      /* data */
descriptors_end:
descriptors_place:
        .word   descriptors_end - descriptors - 1
        .long   descriptors

        .balign 4096
        .globl  page_map
page_map:
        .quad   page_directory_pointers + PRESENT_WRITABLE
        .fill   PER_PAGE - 1, 8, 0
page_directory_pointers:
        .set    gib, 0
        .rept   GIBS
        .quad   page_directories + gib * PER_PAGE * 8 + PRESENT_WRITABLE
        .set    gib, gib + 1
        .endr
        .fill   PER_PAGE - GIBS, 8, 0
page_directories:
        .set    page, 0
        .rept   GIBS * PER_PAGE
        .quad   page * LARGE_BYTES + LARGE + PRESENT_WRITABLE
        .set    page, page + 1
        .endr

        .section .note.GNU-stack, "", @progbits
