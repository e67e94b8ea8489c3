/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the Python module xenresumable._native share.
 */
#ifndef PYTHON_MODULE_H
#define PYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include <xenresumable.h>

/* errors.c: the classes of the module. */
struct state {
    PyObject *error;      /* xenresumable.Error, over the other three */
    PyObject *refused;
    PyObject *failed;
    PyObject *unreadable;
};

int add_errors(PyObject *module);

/*
 * Raises the class that suits the reason, or MemoryError.  path may be NULL.
 */
void raise_failure(PyObject *module, PyObject *path,
                   const struct xr_error *err);
/* The same, but always Refused. */
void raise_refusal(PyObject *module, PyObject *path,
                   const struct xr_error *err);

/* values.c: a str, whatever the bytes; None of NULL. */
PyObject *text_value(const char *text);
PyObject *text_or_none(const char *text);

/*
 * object.name(argument).  The name is an interned string, for the
 * interpreter's cache of methods keeps every other one that it sees.
 */
PyObject *call_method(PyObject *object, const char *name, PyObject *argument);

/* They take over the value, which may be NULL; 0, or -1 with an exception. */
int append_item(PyObject *list, PyObject *item);
int set_item(PyObject *dict, const char *name, PyObject *value);

/* A dictionary of the notes, typed; prefix is what their names begin with. */
PyObject *notes_value(const struct xr_metadata *metadata, const char *prefix);

/* source.c: an input, by a path or a file descriptor, which stays open. */
struct source {
    PyObject *path;  /* bytes; NULL of a descriptor */
    int fd;
    bool ours;       /* to be closed */
};

/* 0, or -1 with an exception.  Signals are minded while open(2) waits. */
int source_open(PyObject *from, int flags, struct source *out);
int source_open_path(PyObject *from, int flags, struct source *out);
void source_close(struct source *source);

/*
 * Has a function of the library read from the source, without the
 * interpreter's lock.  -1: it has failed, or there is no source, and an
 * exception is set.
 */
typedef int source_reader(int fd, void *out, struct xr_error *err);
int source_read(PyObject *module, PyObject *from, source_reader *read,
                void *out);

/* One of them; out: struct xr_save **. */
source_reader source_save;

/* saves.c, images.c */
extern const char read_image_doc[], verdict_doc[], verify_image_doc[],
    seal_image_doc[], diff_images_doc[];
PyObject *read_image(PyObject *module, PyObject *from);
PyObject *verdict(PyObject *module, PyObject *from);
PyObject *verify_image(PyObject *module, PyObject *args, PyObject *keywords);
PyObject *seal_image(PyObject *module, PyObject *args, PyObject *keywords);
PyObject *diff_images(PyObject *module, PyObject *args, PyObject *keywords);

/* memory.c: for _memory.py. */
extern const char memory_open_doc[], memory_read_doc[], memory_ranges_doc[];
PyObject *memory_open(PyObject *module, PyObject *from);
PyObject *memory_read(PyObject *module, PyObject *args);
PyObject *memory_ranges(PyObject *module, PyObject *capsule);

/* domains.c: for _domains.py, which has the functions that people call. */
extern const char check_domain_doc[], checkpoint_domain_doc[],
    list_domains_doc[], restore_domain_doc[], rollback_domain_doc[];
PyObject *check_domain(PyObject *module, PyObject *args);
PyObject *checkpoint_domain(PyObject *module, PyObject *args);
PyObject *list_domains(PyObject *module, PyObject *args);
PyObject *restore_domain(PyObject *module, PyObject *args);
PyObject *rollback_domain(PyObject *module, PyObject *args);

#endif
