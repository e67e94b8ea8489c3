/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of an ELF image, and the entries of its tables, all of them in
 * ELF64's form.
 */
#ifndef KERNEL_ELF_FILE_H
#define KERNEL_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <libelf.h>

#include "kernel/source.h"

struct elf_file {
    struct source *source;
    bool wide;          /* ELF64 */
    unsigned encoding;  /* ELFDATA2LSB or ELFDATA2MSB */
    Elf64_Ehdr header;
};

/* Reads the header of image->source. */
int elf_file_open(struct elf_file *image, struct xr_error *err);

/* One program header or section header: ELF_T_PHDR or ELF_T_SHDR. */
int elf_file_entry(const struct elf_file *image, Elf_Type type,
                   uint64_t table, size_t index, void *wide_out,
                   struct xr_error *err);

#endif
