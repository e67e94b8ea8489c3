/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory: the memory of a guest, out of a save image.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "engine/memory.h"
#include "format/pages.h"
#include "util/cleanup.h"
#include "util/path.h"

struct memory_options {
    enum memory_form form;
    bool force;
    bool dry_run;
    bool progress;
    enum format format;
};

static const struct choice memory_forms[] = {
    { "raw", MEMORY_RAW },
    { "elf", MEMORY_ELF },
    { "lime", MEMORY_LIME },
    { "xen", MEMORY_XEN },
    { NULL, 0 },
};

static const struct option_row memory_rows[] = {
    { .name = "as",
      SETS_CHOICE(struct memory_options, form, memory_forms,
                  ALLOW(MEMORY_RAW) | ALLOW(MEMORY_ELF) | ALLOW(MEMORY_LIME)
                  | ALLOW(MEMORY_XEN)),
      .help = "the form, by default raw; xen is what xl dump-core writes" },
    { .name = "force", SETS_FLAG(struct memory_options, force),
      .help = "replace OUT if it exists, or write over a block device" },
    { .name = "dry-run", SETS_FLAG(struct memory_options, dry_run),
      .help = "only say what memory there is" },
    PROGRESS_ROW(struct memory_options, progress),
    FORMAT_ROW(struct memory_options, format),
    { .name = NULL },
};

static int cmd_memory(int argc, char **argv);

const struct verb verb_memory = {
    .name = "memory",
    .run = cmd_memory,
    .synopsis = "IMAGE OUT",
    .summary = "write the memory of the guest in a save image to a file",
    .description = "Writes the memory of the guest in IMAGE to OUT, in a form "
                   "that debuggers and forensic tools read. IMAGE may be - for "
                   "standard input. OUT is a file, which appears when it is "
                   "complete and on the disk, a FIFO, or - for standard output.",
    .options = memory_rows,
    .exit_status = "0 written; 1 refused; 2 error.",
    .operands = { { "IMAGE", OFFER_FILES }, { "OUT", OFFER_FILES } },
    .least = 2,
    .most = 2,
    .expected = "an image and an output are expected",
};

static const char *memory_form_name(enum memory_form form)
{
    return memory_forms[form].word;
}

static void print_memory(const struct memory_request *request,
                         const struct memory_outcome *o)
{
    char size[SIZE_TEXT_MAX], end[SIZE_TEXT_MAX], written[SIZE_TEXT_MAX];

    size_text(o->pages * PAGE_SIZE_BYTES, size);
    size_text(o->end, end);
    print_line("Guest", "%s, %" PRIu64 " vCPU%s", o->type, o->vcpus,
               o->vcpus == 1 ? "" : "s");
    print_line("Memory", "%s in %" PRIu64 " range%s, up to %s", size,
               o->ranges, o->ranges == 1 ? "" : "s", end);
    if (request->dry_run)
        return;
    size_text(o->bytes, size);
    size_text(o->bytes_written, written);
    print_line("Written", "%s, %s, of which %s are data",
               memory_form_name(request->form), size, written);
    if (o->vmcoreinfo)
        print_line("VMCOREINFO", "found");
}

static void json_memory(const struct output *out,
                        const struct memory_request *request,
                        const struct memory_outcome *o)
{
    yajl_gen g = output_result_begin(out, NULL, NULL);

    json_text(g, "as", memory_form_name(request->form));
    json_text(g, "type", o->type);
    json_number(g, "pages", o->pages);
    json_number(g, "ranges", o->ranges);
    json_number(g, "end", o->end);
    json_number(g, "vcpus", o->vcpus);
    json_number(g, "bytes", o->bytes);
    json_number(g, "bytes_written", o->bytes_written);
    json_bool(g, "vmcoreinfo", o->vmcoreinfo);
    json_bool(g, "dry_run", request->dry_run);
    output_result_end(out, g);
}

/* Only what is about the output, or whose it is, is a no. */
static int fail_memory(const struct output *out, const struct xr_error *err)
{
    int status = output_failure(out, err, NULL);
    bool is_no = err->reason == XR_REASON_TARGET_IS_DISK
                 || err->reason == XR_REASON_TARGET_IS_DEVICE
                 || err->reason == XR_REASON_TARGET_IS_NO_IMAGE;

    return is_no ? status : STATUS_ERROR;
}

static int write_out(const struct memory_options *options,
                     struct memory_request *request, struct output *out)
{
    CLEANUP_CLOSE int fd = -1;
    struct memory_outcome outcome;
    struct xr_error err;
    int r;

    fd = input_open(request->image, &err);
    if (fd < 0)
        return output_file_failure(out, request->image, &err);
    request->in = fd;
    request->form = options->form;
    request->force = options->force;
    request->dry_run = options->dry_run;
    r = memory_export(request, &out->events, &outcome, &err);
    output_end(out);
    if (r)
        return fail_memory(out, &err);
    if (output_is_json(out))
        json_memory(out, request, &outcome);
    else if (options->dry_run || !path_is_stdout(request->path))
        print_memory(request, &outcome);
    return STATUS_YES;
}

static int cmd_memory(int argc, char **argv)
{
    struct memory_options q = { .form = MEMORY_RAW, .format = FORMAT_TEXT };
    int first = options_parse(&verb_memory, argc, argv, &q);
    struct memory_request request = { .image = NULL };
    struct output out;

    if (first < 0)
        return -1 - first;
    request.image = argv[first];
    request.path = argv[first + 1];
    if (q.format != FORMAT_TEXT && path_is_stdout(request.path)
        && !q.dry_run) {
        complain("memory: the memory goes to standard output, where there is "
                 "no place for --format");
        return complain_usage("memory");
    }
    signals_take();
    output_begin(&out, q.format, q.progress);
    return finish_output(write_out(&q, &request, &out));
}
