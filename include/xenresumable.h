/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenresumable.h - is a Xen guest's suspend resumable, and what do its kernel
 * and its save images say about it?
 *
 * This is the only installed header.  It needs no Xen header, and every
 * function works on a machine without Xen.  The library never prints, never
 * exits and keeps no state: any number of threads may call it.
 *
 * Fallible functions return 0 or a negative errno, and take last a
 * struct xr_error *, which may be NULL.  Outputs are set on success only.
 */
#ifndef XENRESUMABLE_H
#define XENRESUMABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define XR_EXPORT __attribute__((visibility("default")))
#else
#define XR_EXPORT
#endif

/** struct xr_error.offset where no byte of an input is to blame. */
#define XR_NO_OFFSET UINT64_MAX

/** What went wrong, for people and for programs. */
struct xr_error {
    int code;          /**< a positive errno value */
    uint64_t offset;   /**< in the input, or XR_NO_OFFSET */
    char message[240]; /**< one line, no newline; may quote hostile text */
};

/*
 * Image metadata: the Xen notes of a kernel image, an ordered list of names
 * and values.  Names are those of Xen's elfnote.h without their prefix.
 */
struct xr_metadata;

/** How a value is to be read. */
enum xr_kind {
    XR_KIND_BYTES,   /**< an unknown note: its bytes in hexadecimal */
    XR_KIND_NUMBER,  /**< xr_metadata_number() */
    XR_KIND_STRING,  /**< as it is */
    XR_KIND_PAIRS,   /**< xr_metadata_pairs(): L1_MFN_VALID */
    XR_KIND_NUMBERS  /**< xr_metadata_numbers(): PHYS32_RELOC */
};

/** What the image is.  All strings are constants; the struct may grow. */
struct xr_image {
    const char *container;   /**< "elf", "bzImage", "uki", "arm64", ... */
    const char *compression; /**< "none", "gzip", "xz", ... */
    const char *place;       /**< "PT_NOTE", "SHT_NOTE", "__xen_guest", NULL */
    const char *loader;      /**< what it is, if no guest's kernel, or NULL */
    unsigned bits;           /**< 32, 64, or 0 where there is no ELF */
    bool big_endian;
};

struct xr_pair {
    uint64_t mask;
    uint64_t value;
};

/*
 * Reads the notes of a kernel image into *out, to be freed by the caller.  A
 * kernel image without Xen notes is a success with no names in it.  -ENOEXEC:
 * no kernel image.  fd may be a pipe.  The memory is only read, and not needed
 * afterwards.
 */
XR_EXPORT int xr_metadata_from_path(const char *path,
                                    struct xr_metadata **out,
                                    struct xr_error *err);
XR_EXPORT int xr_metadata_from_fd(int fd, struct xr_metadata **out,
                                  struct xr_error *err);
XR_EXPORT int xr_metadata_from_memory(const void *image, size_t size,
                                      struct xr_metadata **out,
                                      struct xr_error *err);

/*
 * The textual form, NAME=VALUE joined by commas, and back.  to_text returns a
 * string to be freed with free(), or NULL when out of memory.
 */
XR_EXPORT int xr_metadata_from_text(const char *text, size_t size,
                                    struct xr_metadata **out,
                                    struct xr_error *err);
XR_EXPORT char *xr_metadata_to_text(const struct xr_metadata *metadata);

/** Accepts NULL. */
XR_EXPORT void xr_metadata_free(struct xr_metadata *metadata);

/*
 * Everything below that is a pointer belongs to the metadata and lives as long
 * as it does.
 */

/** NULL if the metadata came from text. */
XR_EXPORT const struct xr_image *
xr_metadata_image(const struct xr_metadata *metadata);

XR_EXPORT size_t xr_metadata_count(const struct xr_metadata *metadata);

/** The index-th name, NULL beyond the last. */
XR_EXPORT const char *xr_metadata_name(const struct xr_metadata *metadata,
                                       size_t index);

/** The value as text, as in the list but without escapes; NULL if absent. */
XR_EXPORT const char *xr_metadata_value(const struct xr_metadata *metadata,
                                        const char *name);

/** By the name alone. */
XR_EXPORT enum xr_kind xr_metadata_kind(const char *name);

/*
 * The typed view.  -ENOENT: absent.  -EINVAL: not of that form.  For lists,
 * *count_out is the number of members; at most max of them are stored, and
 * members may be NULL if max is 0.
 */
XR_EXPORT int xr_metadata_number(const struct xr_metadata *metadata,
                                 const char *name, uint64_t *out);
XR_EXPORT int xr_metadata_pairs(const struct xr_metadata *metadata,
                                const char *name, struct xr_pair *members,
                                size_t max, size_t *count_out);
XR_EXPORT int xr_metadata_numbers(const struct xr_metadata *metadata,
                                  const char *name, uint64_t *members,
                                  size_t max, size_t *count_out);

/*
 * Does this level-1 page table entry of the guest hold a machine frame number,
 * by its kernel's L1_MFN_VALID?  1 or 0; -ENOENT if the kernel does not say,
 * -EINVAL if it says so in a form that nobody can read.
 */
XR_EXPORT int xr_pte_holds_mfn(const struct xr_metadata *metadata,
                               uint64_t pte);

/*
 * Save images: files of xl and libvirt, bare streams of libxl and libxc, from a
 * file or a pipe.  Of a file only what stands before its first page is read,
 * and its last bytes.
 */
struct xr_save;

/** What the image is.  The struct may grow. */
struct xr_save_info {
    const char *container;    /**< "xl", "libvirt", "libxl", "libxc" */
    const char *type;         /**< "x86 PV", "x86 HVM" */
    unsigned xen_major;       /**< of the host that wrote it */
    unsigned xen_minor;
    const char *config;       /**< xl's, as it stands there; or NULL */
    bool config_is_json;
    const char *xml;          /**< libvirt's; or NULL */
    uint64_t size;            /**< of the file; 0 for a pipe */
    uint64_t record_offset;   /**< of the metadata record, 0 if none */
    uint64_t record_length;   /**< of its body */
    unsigned record_major;    /**< its version; 0 if it could not be read */
    unsigned record_minor;
    const char *record_error; /**< why it could not, or NULL */
    uint64_t seal_length;     /**< what the seal covers, 0 if none */
    const char *seal_digest;  /**< in hexadecimal, or NULL; not checked */
};

/*
 * -ENOEXEC: no save image; -ENOTSUP: one in a format that is not read; -ENODATA:
 * cut off before its first page; -EINVAL: malformed.
 */
XR_EXPORT int xr_save_from_path(const char *path, struct xr_save **out,
                                struct xr_error *err);
XR_EXPORT int xr_save_from_fd(int fd, struct xr_save **out,
                              struct xr_error *err);

/** Accepts NULL. */
XR_EXPORT void xr_save_free(struct xr_save *save);

/** Belongs to the save, as everything that it points to. */
XR_EXPORT const struct xr_save_info *xr_save_info(const struct xr_save *save);

/**
 * The list in the metadata record, with the keys of FORMAT.md such as
 * "image.SUSPEND_CANCEL"; belongs to the save.  NULL if there is none.
 */
XR_EXPORT const struct xr_metadata *
xr_save_metadata(const struct xr_save *save);

/** May a guest's suspend be resumed, that is, may its hypercall return 1? */
struct xr_verdict {
    const char *resumable; /**< "yes", "no", "unknown" */
    const char *source;    /**< of the evidence: "quirk", "image", "none", ... */
    char reason[240];      /**< one line; may quote hostile text */
};

/**
 * By the notes of a kernel image, or the list of a save image's record.  NULL
 * is a save image without one: unknown.  No configuration of the host's counts
 * here.  -ENOMEM, and no verdict; else 0.
 */
XR_EXPORT int xr_verdict(const struct xr_metadata *metadata,
                         struct xr_verdict *out, struct xr_error *err);

/*
 * The metadata record: the whole record of libxc's stream, header and padding
 * included, to be freed with free(); and its body back.  -E2BIG: the list is
 * longer than 65,000 bytes.  -ENOTSUP: a later version; -EBADMSG: damaged.
 */
XR_EXPORT int xr_metadata_to_record(const struct xr_metadata *metadata,
                                    void **record_out, size_t *size_out,
                                    struct xr_error *err);
XR_EXPORT int xr_metadata_from_record(const void *body, size_t size,
                                      struct xr_metadata **out,
                                      struct xr_error *err);

/* Whether an image is sound: see "verify" in xen-resumable-image(1). */
struct xr_verify;

/** The struct may grow. */
struct xr_verify_info {
    bool ok;               /**< complete, and no problem */
    bool complete;         /**< up to its last END */
    uint64_t bytes;        /**< without the seal */
    uint64_t records;
    uint64_t pages;        /**< with data */
    unsigned vcpus;
    bool metadata;         /**< it has a sound metadata record */
    const char *seal;      /**< "match", "mismatch", "absent", "not checked" */
    uint64_t problems;     /**< found; the first 100 are kept */
};

enum xr_verify_flags {
    XR_VERIFY_STRUCTURE = 1 /**< neither lists of pages nor the digest */
};

/*
 * A failure is one of reading, or -ENOEXEC or -ENOTSUP: whatever is wrong with
 * an image is in the result.
 */
XR_EXPORT int xr_verify_path(const char *path, unsigned flags,
                             struct xr_verify **out, struct xr_error *err);
XR_EXPORT int xr_verify_fd(int fd, unsigned flags, struct xr_verify **out,
                           struct xr_error *err);

/** Accepts NULL. */
XR_EXPORT void xr_verify_free(struct xr_verify *verify);

XR_EXPORT const struct xr_verify_info *
xr_verify_info(const struct xr_verify *verify);

/** The index-th problem and its place; NULL beyond the last that is kept. */
XR_EXPORT const char *xr_verify_problem(const struct xr_verify *verify,
                                        size_t index, uint64_t *offset_out);

#ifdef __cplusplus
}
#endif

#endif
