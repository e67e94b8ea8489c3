/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the Python module share.
 */
#ifndef PYTHON_MODULE_H
#define PYTHON_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <xenresumable.h>

/* Raises xenresumable.Error, or MemoryError. */
void raise_failure(PyObject *module, const char *subject,
                   const struct xr_error *err);

/* A str, whatever the bytes. */
PyObject *text_value(const char *text);

/* They take over the value, which may be NULL; 0, or -1 with an exception. */
int append_item(PyObject *list, PyObject *item);
int set_item(PyObject *dict, const char *name, PyObject *value);

/* saves.c */
extern const char read_image_doc[], verdict_doc[], verify_image_doc[];
PyObject *verdict(PyObject *module, PyObject *source);
PyObject *read_image(PyObject *module, PyObject *source);
PyObject *verify_image(PyObject *module, PyObject *args, PyObject *keywords);

#endif
