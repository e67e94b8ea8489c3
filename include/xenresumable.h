/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenresumable.h - is a Xen guest's suspend resumable, and what do its kernel
 * and its save images say about it?  And: checkpoint it, restore it.
 *
 * This is the only installed header.  It needs no Xen header.  Every function
 * works on a machine without Xen, but for those that work on domains
 * ("Domains", below; xr_list() works): there they fail.  libxenresumable(3)
 * tells the same at more length; xen-resumable-json(5) has the keys of results
 * and their units, and FORMAT.md in the documentation folder has the formats.
 *
 * What holds for every function:
 *
 * - The library never prints, never exits, never changes signals, and keeps no
 *   state.  Any number of threads may call it; one object is for one thread at
 *   a time, unless all of them only read it.
 * - A function that can fail returns 0, or a negative errno value, and takes
 *   last a struct xr_error *, which may be NULL and says nothing after a
 *   success.  Outputs are set on success only.  Where a required argument is
 *   NULL, or a flag is not known, it is -EINVAL with the reason
 *   XR_REASON_USAGE, before any file is opened.
 * - Where a function reads or seals a file by its path, a failure's message
 *   begins with the path; with the end of a long one.  The same where a
 *   function starts the command, and a file is to blame.
 * - An object that a function makes (*out) belongs to the caller, who gives it
 *   back with the function named xr_..._free().  Those accept NULL.  A pointer
 *   that a function returns belongs to the object that was asked, and lives as
 *   long as that, unless its comment says otherwise.
 * - A file descriptor stays the caller's, and open.  An input is read from
 *   where its descriptor stands.  Of a pipe, what was read is gone.
 * - Offsets and lengths are bytes.  Offsets count from where reading began.
 * - Text is UTF-8 where its writer kept to that.  It may come from whoever
 *   wrote the kernel or the image: do not print it unescaped on a terminal.
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

/*
 * Version
 */

/** The version of this header. */
#define XR_VERSION_MAJOR 0
#define XR_VERSION_MINOR 2
#define XR_VERSION_MICRO 0

/** 1 where a header has the group of functions; undefined where not. */
#define XR_HAVE_REASONS 1 /**< struct xr_error.reason, xr_reason_name() */
#define XR_HAVE_EVENTS 1  /**< struct xr_events: progress, and stopping */
#define XR_HAVE_VERIFY 1  /**< xr_verify_path() */
#define XR_HAVE_SEAL 1    /**< xr_seal_path() */
#define XR_HAVE_DIFF 1    /**< xr_diff_paths() */
#define XR_HAVE_CLIENT 1  /**< xr_checkpoint(), xr_restore() */
#define XR_HAVE_LIST 1    /**< xr_list() */
#define XR_HAVE_ROLLBACK 1 /**< xr_rollback() */
#define XR_HAVE_MEMORY 1  /**< xr_memory_read(), xr_memory_ranges() */

/**
 * The version of the library that runs, such as "0.2.0": a constant.  It may
 * be later than the header's.
 */
XR_EXPORT const char *xr_version(void);

/*
 * Errors
 */

/** struct xr_error.offset where no byte of an input is to blame. */
#define XR_NO_OFFSET UINT64_MAX

/**
 * Why, for programs.  Numbers and names are stable; later versions have more.
 * The command's JSON has the names.
 */
enum xr_reason {
    XR_REASON_NONE = 0,            /**< there is no error */
    XR_REASON_SYSTEM,              /**< see the code: an errno */
    XR_REASON_USAGE,               /**< the call itself is wrong */
    XR_REASON_CANCELLED,           /**< a callback, or a signal, said stop */
    XR_REASON_NOT_ALLOWED,         /**< permission is missing */
    XR_REASON_NO_ROOM,             /**< the disk is full, or will be */
    XR_REASON_NOT_SOUND,           /**< cut off, malformed or damaged */
    XR_REASON_CANNOT_JUDGE,        /**< unknown format, or beyond our limits */
    XR_REASON_NO_XEN,
    XR_REASON_NOT_RESUMABLE,       /**< the guest would not take a resume */
    XR_REASON_RESUMABILITY_UNKNOWN,
    XR_REASON_NOT_SUSPENDABLE,
    XR_REASON_PAUSED,
    XR_REASON_IS_DOMAIN_0,
    XR_REASON_HAS_PCI_DEVICES,
    XR_REASON_DID_NOT_SUSPEND,
    XR_REASON_LOCKED,              /**< another saver has the domain */
    XR_REASON_TARGET_IS_DISK,
    XR_REASON_TARGET_IS_DEVICE,
    XR_REASON_TARGET_IS_NO_IMAGE,
    XR_REASON_HOOK_FAILED,
    XR_REASON_DISK_NOT_KEPT,
    XR_REASON_SAVE_FAILED,
    XR_REASON_RESUME_FAILED,
    XR_REASON_GUEST_DIED,
    XR_REASON_GUEST_SILENT,
    XR_REASON_DISK_IN_USE,
    XR_REASON_DISK_CHANGED,
    XR_REASON_DISK_MISSING,
    XR_REASON_BRIDGE_MISSING,
    XR_REASON_DEVICE_MISSING,
    XR_REASON_NAME_IN_USE,
    XR_REASON_UUID_IN_USE,
    XR_REASON_MEMORY,              /**< the host has too little of it */
    XR_REASON_CPU,                 /**< the host's is another */
    XR_REASON_XEN_OLDER,           /**< than the one that wrote the image */
    XR_REASON_NO_LIBVIRT,          /**< libvirtd, whose guest it is, is silent */
    XR_REASON_WRONG_KERNEL         /**< the guest runs another one */
};

/** What went wrong, for people and for programs.  The caller's own. */
struct xr_error {
    int code;              /**< what was returned, but positive */
    enum xr_reason reason; /**< never XR_REASON_NONE after a failure */
    uint64_t offset;       /**< in the input, or XR_NO_OFFSET */
    char message[240];     /**< one line, no newline; may quote hostile text */
};

/**
 * The stable name of a reason, such as "not-sound": a constant.  "system" for
 * a number that this library does not know.
 */
XR_EXPORT const char *xr_reason_name(enum xr_reason reason);

/*
 * Events of a call that takes long
 */

/** How much a message matters.  Later versions may know more. */
enum xr_level {
    XR_LEVEL_INFO,
    XR_LEVEL_WARNING,
    XR_LEVEL_ERROR
};

/** "info", "warning" or "error": a constant. */
XR_EXPORT const char *xr_level_name(enum xr_level level);

/**
 * What a long call tells, and asks.  Set size, and what you want of the rest:
 *
 *     struct xr_events events = {
 *         .size = sizeof(events), .data = &bar, .progress = show
 *     };
 *
 * Later versions have more members, at the end; those that are not within size
 * count as NULL.  A struct that is larger than the library's is accepted if
 * what the library does not know is zero.
 *
 * All of them are called in the thread of the call, and must return.  They
 * must not use the objects of that call.  A text is theirs until they return.
 */
struct xr_events {
    size_t size; /**< sizeof(struct xr_events) */
    void *data;  /**< passed on as it is */
    /**
     * How many bytes are done, of how many; total is 0 where nobody knows, as
     * of a pipe.  They begin anew where an image is read a second time, for
     * its digest.  Anything but 0 stops the call, which then fails with
     * -ECANCELED and XR_REASON_CANCELLED.  Called as the call begins, about
     * ten times a second, also where there is nothing new, when a signal has
     * interrupted a wait, and at the end.
     */
    int (*progress)(void *data, uint64_t done, uint64_t total);
    /**
     * An operation on a domain has come to a stage, such as "suspended".  May
     * be NULL, as all of them.
     */
    void (*stage)(void *data, const char *name);
    /**
     * What a person may want to know; one line.  May quote hostile text.  Also
     * what the command, its hooks and the toolstack write to standard error:
     * each line as XR_LEVEL_INFO, without what steers a terminal, cut off
     * after 1024 bytes.  Between those and other events there is no order.
     */
    void (*message)(void *data, enum xr_level level, const char *text);
};

/*
 * Metadata: a list of names and values
 *
 * It is what a kernel's Xen notes say, in the order of their numbers, with the
 * names of Xen's elfnote.h without their prefix ("SUSPEND_CANCEL"); or what
 * the record in a save image says, with the keys of FORMAT.md, where a note of
 * the guest's kernel is "image.SUSPEND_CANCEL".
 *
 * Every function here takes NULL for the empty list, as xr_save_metadata()
 * returns it of an image without a record; and NULL for a name that is not
 * there.
 */
struct xr_metadata;

/** How a value is to be read.  An unknown kind is read as XR_KIND_STRING. */
enum xr_kind {
    XR_KIND_BYTES,   /**< of an unknown note: its bytes in hexadecimal */
    XR_KIND_NUMBER,  /**< xr_metadata_number() */
    XR_KIND_STRING,  /**< as it is */
    XR_KIND_PAIRS,   /**< xr_metadata_pairs(): L1_MFN_VALID */
    XR_KIND_NUMBERS  /**< xr_metadata_numbers(): PHYS32_RELOC */
};

/** What a kernel is.  All strings are constants; the struct may grow. */
struct xr_kernel {
    const char *container;   /**< "elf", "bzImage", "uki", "arm64", ... */
    const char *compression; /**< "none", "gzip", "xz", ... */
    const char *place;       /**< "PT_NOTE", "SHT_NOTE", "__xen_guest", NULL */
    const char *loader;      /**< what it is, if no guest's kernel, or
                                  perhaps none; else NULL */
    unsigned bits;           /**< 32, 64, or 0 where there is no ELF */
    bool big_endian;
};

/** One member of L1_MFN_VALID. */
struct xr_pair {
    uint64_t mask;
    uint64_t value;
};

/**
 * Reads the notes of a kernel: an ELF file, a Linux bzImage or a unified
 * kernel image, compressed in any way that Linux knows.  One without Xen notes
 * is a success with no names in it.
 *
 * -ENOEXEC: no kernel.  -ENODATA: cut off.  -EINVAL: malformed.  -E2BIG,
 * -EFBIG: it asks for more than any kernel does.  Else what open(2) or read(2)
 * say.
 */
XR_EXPORT int xr_metadata_from_path(const char *path,
                                    struct xr_metadata **out,
                                    struct xr_error *err);
/** The same; fd may be a pipe. */
XR_EXPORT int xr_metadata_from_fd(int fd, struct xr_metadata **out,
                                  struct xr_error *err);
/** The same; the memory is only read, and not needed afterwards. */
XR_EXPORT int xr_metadata_from_memory(const void *kernel, size_t size,
                                      struct xr_metadata **out,
                                      struct xr_error *err);

/**
 * Reads the textual form, NAME=VALUE joined by commas (FORMAT.md, "The list").
 * It need not end with a NUL.  -EINVAL: it is none, with the offset; -E2BIG:
 * longer than 1 MiB, or of more than 4096 pairs.
 */
XR_EXPORT int xr_metadata_from_text(const char *text, size_t size,
                                    struct xr_metadata **out,
                                    struct xr_error *err);

/**
 * The textual form, which xr_metadata_from_text() reads back byte for byte.
 * The caller's, to be freed with free(3).  NULL when out of memory.
 */
XR_EXPORT char *xr_metadata_to_text(const struct xr_metadata *metadata);

XR_EXPORT void xr_metadata_free(struct xr_metadata *metadata);

/** What the kernel is; NULL if the list did not come from one. */
XR_EXPORT const struct xr_kernel *
xr_metadata_kernel(const struct xr_metadata *metadata);

/** How many names there are. */
XR_EXPORT size_t xr_metadata_count(const struct xr_metadata *metadata);

/** The index-th name, from 0 on; NULL beyond the last. */
XR_EXPORT const char *xr_metadata_name(const struct xr_metadata *metadata,
                                       size_t index);

/** The value as text, as in the list but without escapes; NULL if absent. */
XR_EXPORT const char *xr_metadata_value(const struct xr_metadata *metadata,
                                        const char *name);

/**
 * By the name alone: a note's, or a record's key.  "image.SUSPEND_CANCEL" is
 * of the kind of "SUSPEND_CANCEL"; every other key with a dot is a string.
 */
XR_EXPORT enum xr_kind xr_metadata_kind(const char *name);

/** A number.  -ENOENT: absent.  -EINVAL: not of that form. */
XR_EXPORT int xr_metadata_number(const struct xr_metadata *metadata,
                                 const char *name, uint64_t *out);

/**
 * Lists.  *count_out is the number of members; at most max of them are stored,
 * and members may be NULL if max is 0.  -ENOENT and -EINVAL as above.
 */
XR_EXPORT int xr_metadata_pairs(const struct xr_metadata *metadata,
                                const char *name, struct xr_pair *members,
                                size_t max, size_t *count_out);
XR_EXPORT int xr_metadata_numbers(const struct xr_metadata *metadata,
                                  const char *name, uint64_t *members,
                                  size_t max, size_t *count_out);

/**
 * Does this level-1 page table entry of the guest hold a machine frame number,
 * by its kernel's L1_MFN_VALID, out of its notes or of a record?  1 or 0;
 * -ENOENT if the kernel does not say, -EINVAL if it says so in a form that
 * nobody can read.
 */
XR_EXPORT int xr_pte_holds_mfn(const struct xr_metadata *metadata,
                               uint64_t pte);

/**
 * The metadata record (FORMAT.md, "The record") of a list: header and padding
 * included, as it stands in libxc's stream.  *record_out is the caller's, to
 * be freed with free(3).  -E2BIG: the list is longer than 65,000 bytes.
 */
XR_EXPORT int xr_metadata_to_record(const struct xr_metadata *metadata,
                                    void **record_out, size_t *size_out,
                                    struct xr_error *err);

/**
 * The list in a record's body, without header and padding.  -ENOTSUP: of a
 * later version; -EBADMSG: damaged; -EINVAL: malformed.
 */
XR_EXPORT int xr_metadata_from_record(const void *body, size_t size,
                                      struct xr_metadata **out,
                                      struct xr_error *err);

/*
 * Save images: files of xl and libvirt, bare streams of libxl and libxc, from
 * a file or a pipe.  Of a file only what stands before its first page is read,
 * and its last bytes.
 */
struct xr_save;

/** What an image is wrapped in.  Later versions may know more. */
enum xr_container {
    XR_CONTAINER_UNKNOWN,
    XR_CONTAINER_XL,      /**< xl save's file */
    XR_CONTAINER_LIBVIRT, /**< virsh save's file */
    XR_CONTAINER_LIBXL,   /**< a bare stream of libxl's */
    XR_CONTAINER_LIBXC    /**< a bare stream of libxc's */
};

/** What an image is.  The struct may grow. */
struct xr_save_info {
    enum xr_container container;
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
    const char *layout;       /**< "flat" or "stream" (FORMAT.md); or NULL */
    uint64_t bytes_occupied;  /**< by the file; UINT64_MAX: not known */
    uint64_t bytes_shared;    /**< of them, with other files; the same */
};

/**
 * Reads what a save image is.  -ENOEXEC: no save image; -ENOTSUP: one in a
 * format that is not read; -ENODATA: cut off before its first page; -EINVAL:
 * malformed.
 */
XR_EXPORT int xr_save_from_path(const char *path, struct xr_save **out,
                                struct xr_error *err);
/**
 * The same; fd may be a pipe.  It is the caller's, and may be closed at once;
 * of a regular file the save keeps a duplicate, for xr_memory_read(), until it
 * is freed.
 */
XR_EXPORT int xr_save_from_fd(int fd, struct xr_save **out,
                              struct xr_error *err);

XR_EXPORT void xr_save_free(struct xr_save *save);

/** What it is; NULL of NULL. */
XR_EXPORT const struct xr_save_info *xr_save_info(const struct xr_save *save);

/**
 * The list in the metadata record, with the keys of FORMAT.md such as
 * "image.SUSPEND_CANCEL".  NULL if there is none that can be read.
 */
XR_EXPORT const struct xr_metadata *
xr_save_metadata(const struct xr_save *save);

/**
 * The saved domain's name and uuid: out of the record, or else of the
 * configuration or the XML.  NULL if none of them says it.
 */
XR_EXPORT const char *xr_save_name(const struct xr_save *save);
XR_EXPORT const char *xr_save_uuid(const struct xr_save *save);

/** "xl", "libvirt", "libxl", "libxc" or "unknown": a constant. */
XR_EXPORT const char *xr_container_name(enum xr_container container);

/*
 * The memory of a saved guest: guest-physical addresses of an HVM or PVH
 * guest, pseudo-physical ones of a PV guest (xen-resumable-memory(7)).
 */

/** Memory without a gap. */
struct xr_memory_range {
    uint64_t address;
    uint64_t length;
};

/**
 * Reads length bytes at address into buffer, as they stood in the image last.
 * All of them have to be the guest's memory; after a failure buffer may be
 * changed in part.
 *
 * The first call on a save looks through the whole image for where its pages
 * are, which takes 8 bytes of memory for each page; they are freed with the
 * save.
 *
 * -ENXIO: the guest has no memory there.  -ESPIPE: the save came by a pipe.
 * -EINVAL, -ENODATA, -E2BIG: the image is malformed, cut off, or beyond any
 * guest's; a save may have been read all the same, for that reads only what
 * stands before the pages.  The seal is not checked.
 */
XR_EXPORT int xr_memory_read(struct xr_save *save, uint64_t address,
                             void *buffer, size_t length,
                             struct xr_error *err);

/**
 * All memory that there is, ascending.  *out belongs to the save.  Failures
 * are those of xr_memory_read().
 */
XR_EXPORT int xr_memory_ranges(struct xr_save *save,
                               const struct xr_memory_range **out,
                               size_t *count_out, struct xr_error *err);

/*
 * Verdicts: may a guest's suspend be resumed, that is, may its suspend
 * hypercall return 1?  (Xen's public/sched.h, SCHEDOP_shutdown.)
 */

enum xr_answer {
    XR_UNKNOWN,
    XR_YES,
    XR_NO
};

/** The evidence that decided.  Later versions may know more. */
enum xr_source {
    XR_SOURCE_NONE,     /**< there is no evidence */
    XR_SOURCE_OVERRIDE, /**< an administrator's configuration */
    XR_SOURCE_GUEST,    /**< the guest itself: control/feature-resumable */
    XR_SOURCE_QUIRK,    /**< what is known of a guest despite its notes */
    XR_SOURCE_IMAGE,    /**< the kernel's SUSPEND_CANCEL note */
    XR_SOURCE_FILE,     /**< the kernel file that its configuration names */
    XR_SOURCE_MEMORY,   /**< notes found in its memory */
    XR_SOURCE_LOADER,   /**< what was built is not the guest's own kernel */
    XR_SOURCE_HVM       /**< the rules for HVM guests */
};

/** The caller's own. */
struct xr_verdict {
    enum xr_answer resumable;
    enum xr_source source;
    char reason[240]; /**< one line; may quote hostile text */
};

/**
 * By the notes of a kernel, or the list of a save image's record.  NULL is a
 * save image without one: unknown.  No configuration of the host's counts
 * here.  -ENOMEM, and no verdict; else 0.
 */
XR_EXPORT int xr_verdict(const struct xr_metadata *metadata,
                         struct xr_verdict *out, struct xr_error *err);

/** "yes", "no" or "unknown": a constant. */
XR_EXPORT const char *xr_answer_name(enum xr_answer answer);

/** "override", "guest", ..., "none": a constant. */
XR_EXPORT const char *xr_source_name(enum xr_source source);

/*
 * Verifying: is a save image sound?  As "verify" of xen-resumable-image(1).
 */
struct xr_verify;

/** What a seal says of an image. */
enum xr_seal_state {
    XR_SEAL_ABSENT,
    XR_SEAL_MATCH,
    XR_SEAL_MISMATCH,
    XR_SEAL_NOT_CHECKED /**< there is one, but the digest was not asked for */
};

/** The struct may grow. */
struct xr_verify_info {
    bool ok;                 /**< complete, and no problem */
    bool complete;           /**< up to its last END */
    uint64_t bytes;          /**< without the seal */
    uint64_t records;
    uint64_t pages;          /**< with data */
    unsigned vcpus;
    bool metadata;           /**< it has a sound metadata record */
    enum xr_seal_state seal;
    uint64_t problems;       /**< found; the first 100 are kept */
};

enum xr_verify_flags {
    XR_VERIFY_STRUCTURE = 1 /**< neither lists of pages nor the digest */
};

/**
 * Reads an image to its end.  flags: enum xr_verify_flags; events may be NULL.
 *
 * There are three answers.  0: whatever is wrong with the image is in the
 * result.  -ENOTSUP or -E2BIG, with XR_REASON_CANNOT_JUDGE: the image cannot be
 * judged, for its format or version is not known, or it goes beyond a limit of
 * the library's; nobody says that it is not sound.  Else a failure: -ENOEXEC,
 * no save image (err->message has what it is instead), -ECANCELED, or one of
 * reading.
 */
XR_EXPORT int xr_verify_path(const char *path, unsigned flags,
                             const struct xr_events *events,
                             struct xr_verify **out, struct xr_error *err);
/** The same; fd may be a pipe. */
XR_EXPORT int xr_verify_fd(int fd, unsigned flags,
                           const struct xr_events *events,
                           struct xr_verify **out, struct xr_error *err);

XR_EXPORT void xr_verify_free(struct xr_verify *verify);

/** The answer; NULL of NULL. */
XR_EXPORT const struct xr_verify_info *
xr_verify_info(const struct xr_verify *verify);

/**
 * The index-th problem, from 0 on, and where it lies (offset_out may be NULL);
 * NULL beyond the last that is kept.
 */
XR_EXPORT const char *xr_verify_problem(const struct xr_verify *verify,
                                        size_t index, uint64_t *offset_out);

/** "absent", "match", "mismatch" or "not checked": a constant. */
XR_EXPORT const char *xr_seal_state_name(enum xr_seal_state state);

/*
 * Sealing: a digest behind an image, by which verifying finds every byte that
 * changed (FORMAT.md, "The seal").
 */

/** The caller's own. */
struct xr_seal {
    uint64_t length;  /**< of what the seal covers: the image */
    char digest[33];  /**< XXH3-128, in hexadecimal */
    bool was_sealed;  /**< before, and rightly: nothing was written */
};

/**
 * Verifies an image, and appends a seal if it is sound and has none; waits
 * until that is on the disk.  flags: none are known, 0.  events and out may be
 * NULL.
 *
 * -EBADMSG: the image is not sound, and is left as it is; err tells the first
 * problem.  After any other failure the file is as long as before.
 */
XR_EXPORT int xr_seal_path(const char *path, unsigned flags,
                           const struct xr_events *events,
                           struct xr_seal *out, struct xr_error *err);
/**
 * The same; fd is a regular file, open for reading and writing, whose first
 * byte is the image's.  Its offset moves.
 */
XR_EXPORT int xr_seal_fd(int fd, unsigned flags,
                         const struct xr_events *events,
                         struct xr_seal *out, struct xr_error *err);

/*
 * Comparing two save images, as "diff" of xen-resumable-image(1).
 */
struct xr_diff;

/** What differs in a list. */
enum xr_diff_part {
    XR_DIFF_CONFIG,   /**< values of the configuration, by their paths */
    XR_DIFF_METADATA, /**< keys of the record */
    XR_DIFF_STATE     /**< digests of the records of vCPUs and devices */
};

/** The struct may grow. */
struct xr_diff_info {
    bool same;              /**< nothing differs */
    size_t config;          /**< how many differences of each part; those with
                                 the first 4 MiB of keys are kept */
    size_t metadata;
    size_t state;
    uint64_t pages_changed; /**< also those that only one image has */
    uint64_t pages_total;   /**< that the guest of the first image has */
    uint64_t ranges;        /**< of changed pages; 100,000 are kept */
};

/** NULL: not in that image. */
struct xr_difference {
    const char *key;
    const char *a;
    const char *b;
};

/**
 * Reads both to their ends, first a, then b.  flags: none are known, 0; events
 * may be NULL, and count each of them from 0.  Failures are those of
 * xr_save_from_path(), and -ECANCELED: only complete images are compared.
 */
XR_EXPORT int xr_diff_paths(const char *a, const char *b, unsigned flags,
                            const struct xr_events *events,
                            struct xr_diff **out, struct xr_error *err);
/** The same; both may be pipes. */
XR_EXPORT int xr_diff_fds(int a, int b, unsigned flags,
                          const struct xr_events *events,
                          struct xr_diff **out, struct xr_error *err);

XR_EXPORT void xr_diff_free(struct xr_diff *diff);

/** What was found; NULL of NULL. */
XR_EXPORT const struct xr_diff_info *xr_diff_info(const struct xr_diff *diff);

/**
 * The index-th difference of a part, from 0 on.  -ENOENT beyond the last;
 * -EINVAL for a part that is not known.
 */
XR_EXPORT int xr_diff_get(const struct xr_diff *diff, enum xr_diff_part part,
                          size_t index, struct xr_difference *out);

/**
 * The index-th range of changed pages, from 0 on: numbers of guest pages, both
 * included.  -ENOENT beyond the last that is kept.
 */
XR_EXPORT int xr_diff_range(const struct xr_diff *diff, size_t index,
                            uint64_t *first_out, uint64_t *last_out);

/*
 * Domains: what xen-resumable(1) does
 *
 * These functions start the command in a process of its own and follow what it
 * tells.  Its process has a session, signals and file descriptors of its own:
 * no Ctrl-C of a terminal reaches it, and it gets none of the caller's
 * descriptors.  When a function returns, that process has ended and been
 * waited for.  The caller need not mind SIGCHLD, and may: where it ignores
 * that signal or waits for every child itself, everything works as well.
 *
 * The command is the one that was installed with the library, or the one whose
 * path the option "command" or the environment variable XR_COMMAND gives.
 */

/** Options of a call. */
struct xr_options;

/** NULL when out of memory, which xr_options_set() then refuses. */
XR_EXPORT struct xr_options *xr_options_new(void);

/**
 * One long option of the command's verb, without its dashes: "keep" and "3",
 * "seal" and NULL.  What may be given several times, as "label", is set
 * several times; of what may not, the last one counts.  "command" is the path
 * of another command.  Both texts are copied.
 *
 * -EINVAL with XR_REASON_USAGE: no such name can be, or the library itself
 * sets that option ("format", "help", "progress", "version").  Whether the
 * verb has it, and takes the value, only the command knows: it is the call
 * that fails.
 */
XR_EXPORT int xr_options_set(struct xr_options *options, const char *name,
                             const char *value, struct xr_error *err);

XR_EXPORT void xr_options_free(struct xr_options *options);

/** What a call gave: the JSON object that the command's verb prints. */
struct xr_result;

/** The object as one line; NULL of NULL. */
XR_EXPORT const char *xr_result_json(const struct xr_result *result);

/**
 * Its values, by key.  Of an object or an array within it the key is a path,
 * such as "obstacles[0].detail".  NULL: absent, or no string.  Nothing counts
 * the members of an array: ask for [0], [1] and so on until one is absent.
 */
XR_EXPORT const char *xr_result_text(const struct xr_result *result,
                                     const char *key);
/** -ENOENT: absent, or null.  -EINVAL: no whole number from 0 on. */
XR_EXPORT int xr_result_number(const struct xr_result *result,
                               const char *key, uint64_t *out);
/** -ENOENT: absent, or null.  -EINVAL: neither true nor false. */
XR_EXPORT int xr_result_bool(const struct xr_result *result, const char *key,
                             bool *out);

XR_EXPORT void xr_result_free(struct xr_result *result);

/**
 * May this running domain be checkpointed, and go on?  domain is a name or a
 * number.  The result is what "check" of xen-resumable-check(1) says of it:
 * "resumable" is "yes", "no" or "unknown", "reason" why; both are always
 * there.  A "no" is a success.  options and events may be NULL.  Of the verb's
 * options "all", "kernel", "image" and "here", which are not about a domain,
 * are refused.
 *
 * events->progress is asked, with 0 of 0 bytes, as xr_checkpoint() asks it: it
 * can stop the command where xenstore or the hypervisor does not answer.
 * Failures are as those of xr_checkpoint().
 */
XR_EXPORT int xr_check_domain(const char *domain,
                              const struct xr_options *options,
                              const struct xr_events *events,
                              struct xr_result **out, struct xr_error *err);

/**
 * Writes an image of a domain that goes on running, as "checkpoint" of
 * xen-resumable-checkpoint(1).  path is a file's, also where it is "-".
 * options and events may be NULL.  Of the verb's options "all" and "dir",
 * which are about several domains, are refused.
 *
 * Where events->progress asks to stop, the command is asked to (SIGTERM), and
 * waited for, however long it takes: it leaves the guest running and the
 * former image in place.  progress goes on being called meanwhile, and its
 * answer then means nothing.  A stop that comes too late changes nothing: then
 * the call succeeds.
 *
 * Failures have the command's reason.  XR_REASON_SYSTEM is also for a command
 * that is not there, that is of another major version, that has died, or that
 * says what nobody understands; also where its result says that all went well,
 * but a signal has ended it, or its exit status is not the one that goes with
 * that result.  What has become of the domain is then unknown, and err->message
 * has what there is to tell.
 */
XR_EXPORT int xr_checkpoint(const char *domain, const char *path,
                            const struct xr_options *options,
                            const struct xr_events *events,
                            struct xr_result **out, struct xr_error *err);

/**
 * Makes a domain of a save image again, as "restore" of
 * xen-resumable-checkpoint(1).  Otherwise as xr_checkpoint().
 */
XR_EXPORT int xr_restore(const char *image, const struct xr_options *options,
                         const struct xr_events *events,
                         struct xr_result **out, struct xr_error *err);

/**
 * Takes a domain back to a save image, with the disks that belong to it, as
 * "rollback" of xen-resumable-checkpoint(1).  image may be NULL: then the
 * newest sound one of its series, or that of a rollback that has not ended.
 * Otherwise as xr_checkpoint(); once the domain is destroyed a stop comes too
 * late.
 *
 * A failure may leave the domain gone: err->message says why, and a message of
 * level XR_LEVEL_ERROR has the command that goes on.  The same call goes on,
 * too.
 */
XR_EXPORT int xr_rollback(const char *domain, const char *image,
                          const struct xr_options *options,
                          const struct xr_events *events,
                          struct xr_result **out, struct xr_error *err);

/**
 * Which save images there are, of whom and from when: "list" of
 * xen-resumable-list(1).  names are domains and paths of files, with NULL at
 * the end.  A word with a "/" in it is a path; so write "./web.img".  NULL:
 * all images of the folder of the series, which the option "dir" names, or
 * else xen-resumable.conf.  options and events may be NULL.  No Xen is needed.
 *
 * The result has an array "images": xr_result_text(result, "images[0].file"),
 * "images[1].file" and so on until NULL.  A file that cannot be read is in it
 * with "images[0].error.message", and that is a success.  Other failures are
 * as those of xr_checkpoint().
 */
XR_EXPORT int xr_list(const char *const *names,
                      const struct xr_options *options,
                      const struct xr_events *events, struct xr_result **out,
                      struct xr_error *err);

#ifdef __cplusplus
}
#endif

#endif
