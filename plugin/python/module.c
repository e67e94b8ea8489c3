/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Python module xenresumable, over the public API and nothing else.
 *
 * Values come typed: int for numbers, str for strings, a list of (mask, value)
 * for pairs, a list of int for numbers, bytes for notes that nobody knows.
 */
#include "python/module.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct state {
    PyObject *error;  /* the class xenresumable.Error */
};

static struct state *state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* Error(text), with its attributes code and offset (None if there is none). */
static void raise_error(PyObject *module, const char *subject,
                        const struct xr_error *err)
{
    struct state *state = state_of(module);
    bool placed = err->offset != XR_NO_OFFSET;
    PyObject *text = NULL, *code = NULL, *offset = NULL, *error = NULL;

    text = placed
        ? PyUnicode_FromFormat("%s%s%s, at offset %llu", subject,
                               *subject ? ": " : "", err->message,
                               (unsigned long long)err->offset)
        : PyUnicode_FromFormat("%s%s%s", subject, *subject ? ": " : "",
                               err->message);
    code = PyLong_FromLong(err->code);
    offset = placed ? PyLong_FromUnsignedLongLong(err->offset)
                    : Py_BuildValue("");
    if (text && code && offset)
        error = PyObject_CallFunctionObjArgs(state->error, text, NULL);
    if (error && !PyObject_SetAttrString(error, "code", code)
        && !PyObject_SetAttrString(error, "offset", offset))
        PyErr_SetObject(state->error, error);
    Py_XDECREF(error);
    Py_XDECREF(offset);
    Py_XDECREF(code);
    Py_XDECREF(text);
}

void raise_failure(PyObject *module, const char *subject,
                   const struct xr_error *err)
{
    if (err->code == ENOMEM)
        PyErr_NoMemory();
    else
        raise_error(module, subject, err);
}

static struct xr_metadata *from_buffer(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = NULL;
    struct xr_error err;
    Py_buffer view;
    int r;

    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = xr_metadata_from_memory(view.buf, (size_t)view.len, &metadata, &err);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    if (r)
        raise_failure(module, "", &err);
    return metadata;
}

static struct xr_metadata *from_path(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = NULL;
    struct xr_error err = { .code = 0 };
    PyObject *path;
    const char *name;
    int fd, r = 0;

    if (!PyUnicode_FSConverter(source, &path))
        return NULL;
    name = PyBytes_AS_STRING(path);
    Py_BEGIN_ALLOW_THREADS
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        r = xr_metadata_from_fd(fd, &metadata, &err);
        close(fd);
    }
    Py_END_ALLOW_THREADS
    if (fd < 0)
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, source);
    else if (r)
        raise_failure(module, name, &err);
    Py_DECREF(path);
    return metadata;
}

/* A str or os.PathLike is a path, anything with bytes in it an image. */
static struct xr_metadata *open_image(PyObject *module, PyObject *source)
{
    return PyObject_CheckBuffer(source) ? from_buffer(module, source)
                                        : from_path(module, source);
}

PyObject *text_value(const char *text)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text),
                                "surrogateescape");
}

static PyObject *number_value(const struct xr_metadata *metadata,
                              const char *name)
{
    uint64_t number;

    if (xr_metadata_number(metadata, name, &number))
        return text_value(xr_metadata_value(metadata, name));
    return PyLong_FromUnsignedLongLong(number);
}

int append_item(PyObject *list, PyObject *item)
{
    int r = item ? PyList_Append(list, item) : -1;

    Py_XDECREF(item);
    return r;
}

enum { MEMBERS_MAX = 1024 };

static PyObject *pairs_value(const struct xr_metadata *metadata,
                             const char *name)
{
    struct xr_pair pairs[MEMBERS_MAX];
    PyObject *list;
    size_t count, i;

    if (xr_metadata_pairs(metadata, name, pairs, MEMBERS_MAX, &count))
        return text_value(xr_metadata_value(metadata, name));
    list = PyList_New(0);
    for (i = 0; list && i < count; i++)
        if (append_item(list, Py_BuildValue("KK",
                                       (unsigned long long)pairs[i].mask,
                                       (unsigned long long)pairs[i].value)))
            Py_CLEAR(list);
    return list;
}

static PyObject *numbers_value(const struct xr_metadata *metadata,
                               const char *name)
{
    uint64_t numbers[MEMBERS_MAX];
    PyObject *list;
    size_t count, i;

    if (xr_metadata_numbers(metadata, name, numbers, MEMBERS_MAX, &count))
        return text_value(xr_metadata_value(metadata, name));
    list = PyList_New(0);
    for (i = 0; list && i < count; i++)
        if (append_item(list, PyLong_FromUnsignedLongLong(numbers[i])))
            Py_CLEAR(list);
    return list;
}

static PyObject *bytes_value(const char *text)
{
    PyObject *type = (PyObject *)&PyBytes_Type;
    PyObject *bytes = PyObject_CallMethod(type, "fromhex", "s", text);

    if (bytes || !PyErr_ExceptionMatches(PyExc_ValueError))
        return bytes;
    /* A name that is no note's, out of somebody's own list. */
    PyErr_Clear();
    return text_value(text);
}

static PyObject *typed_value(const struct xr_metadata *metadata,
                             const char *name)
{
    switch (xr_metadata_kind(name)) {
    case XR_KIND_NUMBER:
        return number_value(metadata, name);
    case XR_KIND_PAIRS:
        return pairs_value(metadata, name);
    case XR_KIND_NUMBERS:
        return numbers_value(metadata, name);
    case XR_KIND_STRING:
        break;
    case XR_KIND_BYTES:
        if (!strncmp(name, "NOTE_", 5))
            return bytes_value(xr_metadata_value(metadata, name));
        break;
    }
    return text_value(xr_metadata_value(metadata, name));
}

int set_item(PyObject *dict, const char *name, PyObject *value)
{
    int r = value ? PyDict_SetItemString(dict, name, value) : -1;

    Py_XDECREF(value);
    return r;
}

static PyObject *to_dict(const struct xr_metadata *metadata)
{
    PyObject *dict = PyDict_New();
    const char *name;
    size_t i;

    for (i = 0; dict && (name = xr_metadata_name(metadata, i)); i++)
        if (set_item(dict, name, typed_value(metadata, name)))
            Py_CLEAR(dict);
    return dict;
}

PyDoc_STRVAR(image_notes_doc,
"image_notes($module, source, /)\n--\n\n"
"The Xen notes of a kernel image, as a dictionary ordered by note number.\n\n"
"source is a path (str or os.PathLike) or the image itself (bytes or alike).\n"
"A kernel without Xen notes gives an empty dictionary.");

static PyObject *image_notes(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_image(module, source);
    PyObject *dict;

    if (!metadata)
        return NULL;
    dict = to_dict(metadata);
    xr_metadata_free(metadata);
    return dict;
}

PyDoc_STRVAR(image_list_doc,
"image_list($module, source, /)\n--\n\n"
"The Xen notes of a kernel image in their textual form, NAME=VALUE,...");

static PyObject *image_list(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_image(module, source);
    PyObject *result;
    char *text;

    if (!metadata)
        return NULL;
    text = xr_metadata_to_text(metadata);
    xr_metadata_free(metadata);
    result = text ? PyUnicode_FromString(text) : PyErr_NoMemory();
    free(text);
    return result;
}

PyDoc_STRVAR(image_info_doc,
"image_info($module, source, /)\n--\n\n"
"What a kernel image is: a dictionary with the keys container, compression,\n"
"place, loader, bits and big_endian.");

static PyObject *image_info(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_image(module, source);
    const struct xr_kernel *image;
    PyObject *dict;

    if (!metadata)
        return NULL;
    image = xr_metadata_kernel(metadata);
    dict = Py_BuildValue("{s:s,s:s,s:z,s:z,s:I,s:N}",
                         "container", image->container,
                         "compression", image->compression,
                         "place", image->place, "loader", image->loader,
                         "bits", image->bits,
                         "big_endian", PyBool_FromLong(image->big_endian));
    xr_metadata_free(metadata);
    return dict;
}

PyDoc_STRVAR(parse_list_doc,
"parse_list($module, text, /)\n--\n\n"
"The dictionary for a textual list.");

static PyObject *parse_list(PyObject *module, PyObject *text)
{
    struct xr_metadata *metadata;
    struct xr_error err;
    PyObject *dict;
    const char *utf8;
    Py_ssize_t n;

    utf8 = PyUnicode_AsUTF8AndSize(text, &n);
    if (!utf8)
        return NULL;
    if (xr_metadata_from_text(utf8, (size_t)n, &metadata, &err)) {
        raise_failure(module, "", &err);
        return NULL;
    }
    dict = to_dict(metadata);
    xr_metadata_free(metadata);
    return dict;
}

static PyMethodDef methods[] = {
    { "image_notes", image_notes, METH_O, image_notes_doc },
    { "image_list", image_list, METH_O, image_list_doc },
    { "image_info", image_info, METH_O, image_info_doc },
    { "parse_list", parse_list, METH_O, parse_list_doc },
    { "read_image", read_image, METH_O, read_image_doc },
    { "verdict", verdict, METH_O, verdict_doc },
    { "verify_image", (PyCFunction)(void (*)(void))verify_image,
      METH_VARARGS | METH_KEYWORDS, verify_image_doc },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(error_doc,
"An image or a list that cannot be read.  code is an errno value, offset the\n"
"place in the input, or None.");

static int add_error(PyObject *module)
{
    struct state *state = state_of(module);

    state->error = PyErr_NewExceptionWithDoc("xenresumable.Error", error_doc,
                                             PyExc_ValueError, NULL);
    if (!state->error)
        return -1;
    Py_INCREF(state->error);
    if (PyModule_AddObject(module, "Error", state->error)) {
        Py_DECREF(state->error);
        return -1;
    }
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(state_of(module)->error);
    return 0;
}

static int module_clear(PyObject *module)
{
    Py_CLEAR(state_of(module)->error);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    { Py_mod_exec, add_error },
    { 0, NULL },
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "xenresumable",
    .m_doc = "Is a Xen guest's suspend resumable?  What its image says.",
    .m_size = sizeof(struct state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC PyInit_xenresumable(void);

PyMODINIT_FUNC PyInit_xenresumable(void)
{
    return PyModuleDef_Init(&module_definition);
}
