/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doors themselves, for amd64: what LD_PRELOAD exports.
 *
 * A door jumps to where its target says, with the stack and every register but
 * r11 as the caller left them (the psABI gives r11 to nobody: a PLT uses it,
 * too).  So arguments of any number, kind and size arrive, and results go
 * straight back to the caller.  There is no frame left of a door: nothing to
 * unwind.
 *
 * At first a target leads to first_call below, which has door_first_call() of
 * preload.c find where to go, and then goes there just as well.  That runs code
 * of libc's, and so everything that may hold an argument is saved: the integer
 * registers, and with XSAVE the vectors in full width (XMM to ZMM and masks);
 * where the system has no XSAVE there are only the XMM ones, and FXSAVE does.
 * The x87 registers are empty in a call, and AMX tiles hold no arguments.
 */
#include "hook/doors.h"

#ifdef __CET__
#include <cet.h> /* the note that says that there is endbr64 everywhere */
#endif

        .set    door_number, 0

        .macro  door name
        .text
        .p2align 4
        .globl  \name
        .type   \name, @function
\name:
        .cfi_startproc
        endbr64
        jmp     *.Ltarget_\name(%rip)
.Lfirst_\name:
        endbr64
        pushq   $door_number
        .cfi_adjust_cfa_offset 8
        jmp     first_call
        .cfi_endproc
        .size   \name, . - \name

        .data
.Ltarget_\name:
        .quad   .Lfirst_\name
        .set    door_number, door_number + 1
        .endm

/* hook_function *door_targets[HOOK_DOOR_COUNT] */
        .data
        .p2align 3
        .globl  door_targets
        .hidden door_targets
        .type   door_targets, @object
door_targets:

#define DOOR(name, library) door name;
HOOK_DOORS(DOOR)

        .data
        .size   door_targets, . - door_targets

/* What XSAVE saves: SSE, AVX, opmask, ZMM_Hi256, Hi16_ZMM. */
#define VECTORS 0xe6
#define VECTORS_LAST 7          /* the highest of these bits */
#define XSAVE_LEGACY 512        /* then a header of 64 bytes */

/*
 * On the stack: the door's number, the caller's return address.  It is not
 * aligned there: the caller's alignment is of before its call.
 */
        .text
        .p2align 4
        .type   first_call, @function
first_call:
        .cfi_startproc
        .cfi_def_cfa_offset 16
        pushq   %rbp
        .cfi_def_cfa_offset 24
        .cfi_offset %rbp, -24
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        pushq   %rbx
        .cfi_offset %rbx, -32
        pushq   %rax            /* al: how many vectors a variadic call has */
        pushq   %rcx
        pushq   %rdx
        pushq   %rsi
        pushq   %rdi
        pushq   %r8
        pushq   %r9
        pushq   %r10            /* the static chain */

        movl    $1, %eax
        xorl    %ecx, %ecx
        cpuid
        btl     $27, %ecx       /* OSXSAVE */
        jc      .Lxsave
        subq    $XSAVE_LEGACY, %rsp
        andq    $-64, %rsp
        fxsave64 (%rsp)
        xorl    %ebx, %ebx
        jmp     .Lfind

/* The room is that of the component that ends last, as CPUID has it. */
.Lxsave:
        movl    $(XSAVE_LEGACY + 64), %r8d
        movl    $2, %esi
.Lcomponent:
        movl    $0xd, %eax
        movl    %esi, %ecx
        cpuid
        addl    %ebx, %eax
        cmpl    %r8d, %eax
        cmoval  %eax, %r8d
        incl    %esi
        cmpl    $VECTORS_LAST, %esi
        jbe     .Lcomponent

        subq    %r8, %rsp
        andq    $-64, %rsp
        xorl    %edx, %edx
        movl    $XSAVE_LEGACY, %ecx
.Lheader:
        movq    %rdx, (%rsp,%rcx)
        addl    $8, %ecx
        cmpl    $(XSAVE_LEGACY + 64), %ecx
        jb      .Lheader
        movl    $VECTORS, %eax
        xsave64 (%rsp)
        movl    $1, %ebx

.Lfind:
        movl    8(%rbp), %edi
        call    door_first_call
        movq    %rax, %r11

        testl   %ebx, %ebx
        jz      .Lfxrstor
        movl    $VECTORS, %eax
        xorl    %edx, %edx
        xrstor64 (%rsp)
        jmp     .Lrestored
.Lfxrstor:
        fxrstor64 (%rsp)
.Lrestored:
        leaq    -72(%rbp), %rsp
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rdi
        popq    %rsi
        popq    %rdx
        popq    %rcx
        popq    %rax
        popq    %rbx
        .cfi_restore %rbx
        popq    %rbp
        .cfi_restore %rbp
        .cfi_def_cfa %rsp, 16
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        jmp     *%r11
        .cfi_endproc
        .size   first_call, . - first_call

        .section .note.GNU-stack, "", @progbits
