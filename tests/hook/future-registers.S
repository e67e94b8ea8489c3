/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * void registers_call(door, const struct registers *sent): calls the door with
 * these registers.  registers_dump, behind the door, writes what it finds to
 * registers_seen, and the stack pointer that the call had to registers_stack.
 *
 * In the order of struct registers: rax, rbx, rcx, rdx, rsi, rdi, r8, r9, r10,
 * r12, r13, r14, r15, rbp.
 */
        .text
        .globl  registers_call
        .type   registers_call, @function
registers_call:
        endbr64
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $8, %rsp
        leaq    -8(%rsp), %rax
        movq    %rax, registers_called(%rip)
        movq    %rdi, %r11
        movq    (%rsi), %rax
        movq    8(%rsi), %rbx
        movq    16(%rsi), %rcx
        movq    24(%rsi), %rdx
        movq    40(%rsi), %rdi
        movq    48(%rsi), %r8
        movq    56(%rsi), %r9
        movq    64(%rsi), %r10
        movq    72(%rsi), %r12
        movq    80(%rsi), %r13
        movq    88(%rsi), %r14
        movq    96(%rsi), %r15
        movq    104(%rsi), %rbp
        movq    32(%rsi), %rsi
        call    *%r11
        addq    $8, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   registers_call, . - registers_call

        .globl  registers_dump
        .type   registers_dump, @function
registers_dump:
        endbr64
        movq    %rax, registers_seen(%rip)
        movq    %rbx, registers_seen+8(%rip)
        movq    %rcx, registers_seen+16(%rip)
        movq    %rdx, registers_seen+24(%rip)
        movq    %rsi, registers_seen+32(%rip)
        movq    %rdi, registers_seen+40(%rip)
        movq    %r8, registers_seen+48(%rip)
        movq    %r9, registers_seen+56(%rip)
        movq    %r10, registers_seen+64(%rip)
        movq    %r12, registers_seen+72(%rip)
        movq    %r13, registers_seen+80(%rip)
        movq    %r14, registers_seen+88(%rip)
        movq    %r15, registers_seen+96(%rip)
        movq    %rbp, registers_seen+104(%rip)
        movq    %rsp, registers_stack(%rip)
        ret
        .size   registers_dump, . - registers_dump

        .bss
        .p2align 3
        .globl  registers_seen
registers_seen:
        .skip   112
        .globl  registers_called
registers_called:
        .skip   8
        .globl  registers_stack
registers_stack:
        .skip   8

        .section .note.GNU-stack, "", @progbits
