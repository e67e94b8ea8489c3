/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's memory in each form, read back: every page, its registers, and the
 * guest's own note.  If this fails, crash, drgn, Volatility and their kin show what
 * is not so.
 */
#include "config.h"

#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/memory_cpu.h"
#include "lib/memory_form.h"
#include "memory_guest.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static const struct guest_plan plans[] = {
    { .hvm = true, .container = 'x', .vmcoreinfo = true },
    { .hvm = false, .container = 'v', .vmcoreinfo = true },
    { .hvm = true, .container = 'l' },
    { .narrow = true, .container = 'c' },
};

static const enum memory_form forms[] = {
    MEMORY_RAW, MEMORY_ELF, MEMORY_LIME, MEMORY_XEN,
};

/* An output, as it lies in memory. */
struct form {
    const struct guest_plan *plan;
    uint8_t *bytes;
    size_t n;
    uint64_t blocks;
    bool vmcoreinfo;
};

static void write_form(const struct guest_plan *plan, enum memory_form form,
                       int fd, bool *vmcoreinfo_out)
{
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    CLEANUP_CLOSE int in = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_FREE struct memory_sink *sink = malloc(sizeof(*sink));
    CLEANUP_BUFFER struct buffer b = { 0 };

    guest_image(&b, plan);
    assert_int_equal(write_full(in, b.data, b.length, NULL), 0);
    assert_int_equal(lseek(in, 0, SEEK_SET), 0);
    assert_int_equal(memory_image_read(in, NULL, NULL, &image, NULL), 0);
    memory_sink_open(sink, fd, NULL);
    assert_int_equal(memory_write(&image, form, sink, NULL, vmcoreinfo_out,
                                  NULL), 0);
}

static void make_form(const struct guest_plan *plan, enum memory_form form,
                      struct form *out)
{
    CLEANUP_CLOSE int fd = memfd_create("form", MFD_CLOEXEC);
    struct stat st;

    *out = (struct form){ .plan = plan };
    write_form(plan, form, fd, &out->vmcoreinfo);
    assert_int_equal(fstat(fd, &st), 0);
    out->n = (size_t)st.st_size;
    out->blocks = (uint64_t)st.st_blocks;
    out->bytes = malloc(out->n);
    assert_int_equal(pread_full(fd, out->bytes, out->n, 0), st.st_size);
}

/* The page of that number stands there, if there is one. */
static void has_page(const struct form *f, uint64_t number, uint64_t at)
{
    uint8_t expected[GUEST_PAGE];

    assert_int_not_equal(guest_page(f->plan, number, expected), GUEST_NONE);
    assert_true(at <= f->n && f->n - at >= GUEST_PAGE);
    assert_memory_equal(f->bytes + at, expected, GUEST_PAGE);
}

/* Neither before the first nor behind the last page is another. */
static void is_whole_range(const struct form *f, uint64_t first,
                           uint64_t count)
{
    uint8_t page[GUEST_PAGE];

    if (first)
        assert_int_equal(guest_page(f->plan, first - 1, page), GUEST_NONE);
    assert_int_equal(guest_page(f->plan, first + count, page), GUEST_NONE);
}

static uint64_t pages_of(const struct guest_plan *plan)
{
    uint8_t page[GUEST_PAGE];
    uint64_t number, count = 0;

    for (number = 0; number < GUEST_PAGES; number++)
        count += guest_page(plan, number, page) != GUEST_NONE;
    return count;
}

static void check_raw(const struct form *f)
{
    uint8_t expected[GUEST_PAGE];
    uint64_t number;

    assert_int_equal(f->n, GUEST_PAGES * GUEST_PAGE);
    for (number = 0; number < GUEST_PAGES; number++) {
        guest_page(f->plan, number, expected);
        assert_memory_equal(f->bytes + number * GUEST_PAGE, expected,
                            GUEST_PAGE);
    }
}

static void check_lime(const struct form *f)
{
    uint64_t at = 0, first, last, number, pages = 0;

    while (at < f->n) {
        assert_int_equal(load_le32(f->bytes + at), 0x4C694D45);
        assert_int_equal(load_le32(f->bytes + at + 4), 1);
        first = load_le64(f->bytes + at + 8);
        last = load_le64(f->bytes + at + 16);
        assert_int_equal(load_le64(f->bytes + at + 24), 0);
        at += 32;
        assert_int_equal(first % GUEST_PAGE, 0);
        assert_int_equal(last % GUEST_PAGE, GUEST_PAGE - 1);
        is_whole_range(f, first / GUEST_PAGE, (last - first) / GUEST_PAGE + 1);
        for (number = first / GUEST_PAGE; number <= last / GUEST_PAGE;
             number++, at += GUEST_PAGE, pages++)
            has_page(f, number, at);
    }
    assert_int_equal(at, f->n);
    assert_int_equal(pages, pages_of(f->plan));
}

/* The notes of a segment or section: how many there are of that name and type. */
static const uint8_t *find_note(const uint8_t *notes, size_t n,
                                const char *name, uint32_t type,
                                unsigned int index, uint32_t *length_out)
{
    size_t at = 0, name_size, size;
    uint32_t length;

    while (at < n) {
        name_size = (load_le32(notes + at) + 3) / 4 * 4;
        length = load_le32(notes + at + 4);
        size = 12 + name_size + (length + 3) / 4 * 4;
        assert_true(size <= n - at);
        if (!strcmp((const char *)notes + at + 12, name)
            && load_le32(notes + at + 8) == type && !index--) {
            *length_out = length;
            return notes + at + 12 + name_size;
        }
        at += size;
    }
    return NULL;
}

/* Registers by their words in what the made guest was saved with. */
static void check_prstatus(const struct guest_plan *plan,
                           const uint8_t *notes, size_t n)
{
    unsigned int vcpu, rip = plan->hvm ? 16 : 81, rax = plan->hvm ? 0 : 75;
    uint32_t length = 0;
    const uint8_t *note;

    for (vcpu = 0; vcpu < GUEST_VCPUS; vcpu++) {
        note = find_note(notes, n, "CORE", NT_PRSTATUS, vcpu, &length);
        assert_non_null(note);
        assert_int_equal(length, 336);
        assert_int_equal(load_le32(note + 32), vcpu + 1);
        if (plan->narrow)
            continue;
        assert_int_equal(load_le64(note + 112 + 16 * 8),
                         guest_register(vcpu, rip));
        assert_int_equal(load_le64(note + 112 + 10 * 8),
                         guest_register(vcpu, rax));
    }
    assert_null(find_note(notes, n, "CORE", NT_PRSTATUS, vcpu, &length));
}

static void check_qemu_notes(const struct guest_plan *plan,
                             const uint8_t *notes, size_t n)
{
    uint32_t length = 0;
    const uint8_t *note = find_note(notes, n, "QEMU", 0, 1, &length);

    if (!plan->hvm) {
        assert_null(note);
        return;
    }
    assert_non_null(note);
    assert_int_equal(length, 440);
    assert_int_equal(load_le32(note), 1);
    assert_int_equal(load_le32(note + 4), 440);
    assert_int_equal(load_le64(note + 8), guest_register(1, 0));
    assert_int_equal(load_le64(note + 136), guest_register(1, 16));
    assert_int_equal(load_le64(note + 392 + 3 * 8), guest_register(1, 20));
    assert_int_equal(load_le64(note + 368 + 16), guest_register(1, 45));
    assert_int_equal(load_le64(note + 432), guest_register(1, 54));
}

static void check_notes(const struct form *f, const uint8_t *notes, size_t n)
{
    uint32_t length = 0;
    const uint8_t *note = find_note(notes, n, "VMCOREINFO", 0, 0, &length);

    check_prstatus(f->plan, notes, n);
    check_qemu_notes(f->plan, notes, n);
    assert_int_equal(f->vmcoreinfo, f->plan->vmcoreinfo);
    assert_int_equal(note != NULL, f->plan->vmcoreinfo);
    if (!note)
        return;
    assert_int_equal(length, strlen(guest_vmcoreinfo()));
    assert_memory_equal(note, guest_vmcoreinfo(), length);
}

static uint64_t check_load(const struct form *f, const Elf64_Phdr *load)
{
    uint64_t i, count = load->p_filesz / GUEST_PAGE;

    assert_int_equal(load->p_type, PT_LOAD);
    assert_int_equal(load->p_memsz, load->p_filesz);
    assert_int_equal(load->p_offset % GUEST_PAGE, 0);
    assert_int_equal(load->p_vaddr, load->p_paddr);
    is_whole_range(f, load->p_paddr / GUEST_PAGE, count);
    for (i = 0; i < count; i++)
        has_page(f, load->p_paddr / GUEST_PAGE + i,
                 load->p_offset + i * GUEST_PAGE);
    return count;
}

static void check_elf(const struct form *f)
{
    uint64_t pages = 0;
    Elf64_Ehdr header;
    Elf64_Phdr entry;
    unsigned int i;

    memcpy(&header, f->bytes, sizeof(header));
    assert_memory_equal(header.e_ident, ELFMAG, SELFMAG);
    assert_int_equal(header.e_type, ET_CORE);
    assert_int_equal(header.e_machine, EM_X86_64);
    for (i = 0; i < header.e_phnum; i++) {
        memcpy(&entry, f->bytes + header.e_phoff + i * sizeof(entry),
               sizeof(entry));
        assert_int_equal(entry.p_align, 0); /* crash wants it so */
        if (i)
            pages += check_load(f, &entry);
        else
            check_notes(f, f->bytes + entry.p_offset, entry.p_filesz);
    }
    assert_int_equal(pages, pages_of(f->plan));
}

static bool find_section(const struct form *f, const char *name,
                         Elf64_Shdr *out)
{
    Elf64_Shdr names;
    Elf64_Ehdr header;
    unsigned int i;

    memcpy(&header, f->bytes, sizeof(header));
    memcpy(&names, f->bytes + header.e_shoff
                   + header.e_shstrndx * sizeof(names), sizeof(names));
    for (i = 1; i < header.e_shnum; i++) {
        memcpy(out, f->bytes + header.e_shoff + i * sizeof(*out),
               sizeof(*out));
        assert_true(out->sh_offset + out->sh_size <= f->n);
        if (!strcmp((const char *)f->bytes + names.sh_offset + out->sh_name,
                    name))
            return true;
    }
    return false;
}

/* What Xen writes is four notes of "Xen", each a header of 16 bytes. */
static void check_xen_notes(const struct form *f)
{
    static const struct {
        uint32_t type, size;
    } rows[] = {
        { 0x2000000, 0 }, { 0x2000001, 32 }, { 0x2000002, 1280 },
        { 0x2000003, 8 },
    };
    const uint8_t *note, *desc[COUNT(rows)];
    Elf64_Shdr section;
    size_t i;

    assert_true(find_section(f, ".note.Xen", &section));
    note = f->bytes + section.sh_offset;
    for (i = 0; i < COUNT(rows); i++, note += 16 + rows[i - 1].size) {
        assert_int_equal(load_le32(note), 4);
        assert_int_equal(load_le32(note + 4), rows[i].size);
        assert_int_equal(load_le32(note + 8), rows[i].type);
        assert_memory_equal(note + 12, "Xen", 4);
        desc[i] = note + 16;
    }
    assert_int_equal(note - f->bytes, section.sh_offset + section.sh_size);
    assert_int_equal(load_le64(desc[1]),
                     f->plan->hvm ? 0xF00FEBEE : 0xF00FEBED);
    assert_int_equal(load_le64(desc[1] + 8), GUEST_VCPUS);
    assert_int_equal(load_le64(desc[1] + 16), pages_of(f->plan));
    assert_int_equal(load_le64(desc[1] + 24), GUEST_PAGE);
    assert_int_equal(load_le64(desc[2]), 4);
    assert_int_equal(load_le64(desc[2] + 8), 17);
    /* As a 32-bit tool would have laid it out. */
    assert_int_equal(load_le64(desc[2] + (f->plan->narrow ? 1268 : 1272)),
                     GUEST_PAGE);
    assert_int_equal(load_le64(desc[3]), 1);
}

/* The ELF header, and the sections' headers in libxc's order, byte for byte. */
static void check_xen_headers(const struct form *f)
{
    const struct {
        const char *name;
        uint32_t type;
        uint64_t alignment, entry;
        bool absent;
    } rows[] = {
        { "", SHT_NULL, 0, 0, false },
        { ".shstrtab", SHT_STRTAB, 0, 0, false },
        { ".note.Xen", SHT_NOTE, 0, 0, false },
        { ".xen_prstatus", SHT_PROGBITS, 8, MEMORY_CONTEXT_64_SIZE, false },
        { ".xen_shared_info", SHT_PROGBITS, 8, GUEST_PAGE, f->plan->hvm },
        { ".xen_pages", SHT_PROGBITS, GUEST_PAGE, GUEST_PAGE, false },
        { ".xen_pfn", SHT_PROGBITS, 8, 8, !f->plan->hvm },
        { ".xen_p2m", SHT_PROGBITS, 8, 16, f->plan->hvm },
    };
    static const uint8_t ident[EI_NIDENT] = {
        0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
        ELFOSABI_SYSV, EV_CURRENT,
    };
    Elf64_Ehdr header;
    Elf64_Shdr names, section, empty = { .sh_name = 0 };
    uint64_t end = 0;
    size_t i, n = 0;

    memcpy(&header, f->bytes, sizeof(header));
    assert_memory_equal(header.e_ident, ident, sizeof(ident));
    assert_int_equal(header.e_type, ET_CORE);
    assert_int_equal(header.e_machine, f->plan->narrow ? EM_386 : EM_X86_64);
    assert_int_equal(header.e_version, EV_CURRENT);
    assert_int_equal(header.e_phnum, 0);
    assert_int_equal(header.e_phoff, 0);
    assert_int_equal(header.e_phentsize, sizeof(Elf64_Phdr));
    assert_int_equal(header.e_shoff, sizeof(header));
    assert_int_equal(header.e_shentsize, sizeof(section));
    assert_int_equal(header.e_shstrndx, 1);
    memcpy(&names, f->bytes + header.e_shoff + sizeof(names), sizeof(names));
    for (i = 0; i < COUNT(rows); i++) {
        if (rows[i].absent)
            continue;
        memcpy(&section, f->bytes + header.e_shoff + n++ * sizeof(section),
               sizeof(section));
        if (!i)
            assert_memory_equal(&section, &empty, sizeof(empty));
        assert_string_equal((const char *)f->bytes + names.sh_offset
                            + section.sh_name, rows[i].name);
        assert_int_equal(section.sh_type, rows[i].type);
        assert_int_equal(section.sh_addralign, rows[i].alignment);
        assert_int_equal(section.sh_entsize, rows[i].entry);
        if (i > 1) /* one behind another; the names behind all of them */
            assert_true(section.sh_offset >= end);
        end = i > 1 ? section.sh_offset + section.sh_size : end;
    }
    assert_int_equal(header.e_shnum, n);
    assert_int_equal(names.sh_offset, end);
    assert_int_equal(names.sh_offset + names.sh_size, f->n);
}

static void check_contexts(const struct form *f)
{
    enum { SIZE = MEMORY_CONTEXT_64_SIZE };
    static const uint8_t rest[SIZE];
    const uint8_t *context;
    Elf64_Shdr section;

    assert_true(find_section(f, ".xen_prstatus", &section));
    assert_int_equal(section.sh_size, SIZE * GUEST_VCPUS);
    context = f->bytes + section.sh_offset + SIZE;
    if (f->plan->hvm)
        assert_int_equal(load_le64(context + 648), guest_register(1, 16));
    else
        assert_int_equal(load_le64(context + 640), guest_register(1, 80));
    if (f->plan->narrow)
        assert_memory_equal(context + MEMORY_CONTEXT_32_SIZE, rest,
                            SIZE - MEMORY_CONTEXT_32_SIZE);
}

static void check_xen(const struct form *f)
{
    size_t entry = f->plan->hvm ? 8 : 16, i;
    Elf64_Shdr numbers, pages;
    const uint8_t *at;

    check_xen_headers(f);
    check_xen_notes(f);
    check_contexts(f);
    assert_true(find_section(f, f->plan->hvm ? ".xen_pfn" : ".xen_p2m",
                             &numbers));
    assert_false(find_section(f, f->plan->hvm ? ".xen_p2m" : ".xen_pfn",
                              &pages));
    assert_true(find_section(f, ".xen_pages", &pages));
    assert_int_equal(numbers.sh_size, entry * pages_of(f->plan));
    assert_int_equal(pages.sh_size, GUEST_PAGE * pages_of(f->plan));
    assert_int_equal(pages.sh_offset % GUEST_PAGE, 0);
    for (i = 0; i < pages_of(f->plan); i++) {
        at = f->bytes + numbers.sh_offset + i * entry;
        has_page(f, load_le64(at), pages.sh_offset + i * GUEST_PAGE);
        if (!f->plan->hvm)
            assert_int_equal(load_le64(at + 8), load_le64(at));
    }
}

static void has_every_page_in_every_form(void **state)
{
    static void (*const checks[])(const struct form *) = {
        [MEMORY_RAW] = check_raw, [MEMORY_ELF] = check_elf,
        [MEMORY_LIME] = check_lime, [MEMORY_XEN] = check_xen,
    };
    struct form f;
    size_t i, k;

    (void)state;
    for (i = 0; i < COUNT(plans); i++)
        for (k = 0; k < COUNT(forms); k++) {
            make_form(&plans[i], forms[k], &f);
            checks[forms[k]](&f);
            /* The gap, and pages of zeros, are holes. */
            assert_true(f.blocks * 512 < GUEST_PAGES * GUEST_PAGE * 2 / 3);
            free(f.bytes);
        }
}

static void writes_the_same_to_a_pipe(void **state)
{
    uint8_t *bytes;
    struct form f;
    int ends[2], status;
    bool found;
    pid_t child;
    size_t k;

    (void)state;
    for (k = 0; k < COUNT(forms); k++) {
        make_form(&plans[0], forms[k], &f);
        bytes = malloc(f.n + 1);
        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (!child) {
            close(ends[0]);
            write_form(&plans[0], forms[k], ends[1], &found);
            _exit(0);
        }
        close(ends[1]);
        assert_int_equal(read_full(ends[0], bytes, f.n + 1), f.n);
        assert_memory_equal(bytes, f.bytes, f.n);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        free(bytes);
        free(f.bytes);
    }
}

/* A file that something stands in already gets no holes, and loses nothing. */
static void appends(void **state)
{
    CLEANUP_CLOSE int fd = memfd_create("form", MFD_CLOEXEC);
    uint8_t *bytes;
    struct form f;
    bool found;

    (void)state;
    make_form(&plans[0], MEMORY_RAW, &f);
    assert_int_equal(write_full(fd, "before", 6, NULL), 0);
    write_form(&plans[0], MEMORY_RAW, fd, &found);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 6 + f.n);
    bytes = malloc(6 + f.n);
    assert_int_equal(pread_full(fd, bytes, 6 + f.n, 0), 6 + f.n);
    assert_memory_equal(bytes, "before", 6);
    assert_memory_equal(bytes + 6, f.bytes, f.n);
    assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
    write_form(&plans[0], MEMORY_RAW, fd, &found);
    assert_int_equal(pread_full(fd, bytes, 6 + f.n, 0), 6 + f.n);
    assert_memory_equal(bytes, "bef", 3);
    assert_memory_equal(bytes + 3, f.bytes, f.n);
    free(bytes);
    free(f.bytes);
}

/* What begins as the guest's note but goes on where there is no memory is none;
   the next one may be it. */
static void looks_on_for_the_note(void **state)
{
    static const struct guest_plan plan = {
        .hvm = true, .container = 'x', .vmcoreinfo = true, .lure = true,
    };
    struct form f;

    (void)state;
    make_form(&plan, MEMORY_ELF, &f);
    check_elf(&f);
    free(f.bytes);
}

/* More ranges than an ELF header can count: a section header does. */
static void counts_many_ranges(void **state)
{
    enum { RANGES = 70000, AT_ONCE = 1000 };
    CLEANUP_CLOSE int in = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_CLOSE int fd = memfd_create("form", MFD_CLOEXEC);
    CLEANUP_MEMORY_IMAGE struct memory_image image = { .fd = -1 };
    CLEANUP_FREE struct memory_sink *sink = malloc(sizeof(*sink));
    CLEANUP_BUFFER struct buffer b = { 0 };
    static uint64_t entries[AT_ONCE];
    uint8_t bytes[64];
    bool found;
    size_t i;

    (void)state;
    build_libxc(&b, 3, 2);
    for (i = 0; i < RANGES; i++) {
        /* Never written, and every second one is missing. */
        entries[i % AT_ONCE] = guest_entry(2 * i, 0xe);
        if (i % AT_ONCE == AT_ONCE - 1)
            guest_record(&b, entries, AT_ONCE, 0);
    }
    build_record(&b, 0, NULL, 0);
    assert_int_equal(write_full(in, b.data, b.length, NULL), 0);
    assert_int_equal(lseek(in, 0, SEEK_SET), 0);
    assert_int_equal(memory_image_read(in, NULL, NULL, &image, NULL), 0);
    assert_int_equal(image.ranges, RANGES);
    memory_sink_open(sink, fd, NULL);
    assert_int_equal(memory_write(&image, MEMORY_ELF, sink, NULL, &found,
                                  NULL), 0);
    assert_int_equal(pread_full(fd, bytes, 64, 0), 64);
    assert_int_equal(load_le16(bytes + 56), PN_XNUM);
    assert_int_equal(load_le16(bytes + 60), 1);
    assert_int_equal(pread_full(fd, bytes, 64, (off_t)load_le64(bytes + 40)),
                     64);
    assert_int_equal(load_le32(bytes + 44), RANGES + 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_page_in_every_form),
        cmocka_unit_test(writes_the_same_to_a_pipe),
        cmocka_unit_test(appends),
        cmocka_unit_test(looks_on_for_the_note),
        cmocka_unit_test(counts_many_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
