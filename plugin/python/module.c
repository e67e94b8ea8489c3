/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The extension module xenresumable._native, over the public API and nothing
 * else.  The package around it has the types (plugin/python/xenresumable).
 */
#include "python/module.h"

#include <fcntl.h>

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
        raise_failure(module, NULL, &err);
    return metadata;
}

static struct xr_metadata *from_path(PyObject *module, PyObject *from)
{
    struct xr_metadata *metadata = NULL;
    struct source source;
    struct xr_error err;
    int r;

    if (source_open_path(from, O_RDONLY, &source))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = xr_metadata_from_fd(source.fd, &metadata, &err);
    Py_END_ALLOW_THREADS
    if (r)
        raise_failure(module, source.path, &err);
    source_close(&source);
    return metadata;
}

/* A str or os.PathLike is a path, anything with bytes in it a kernel. */
static struct xr_metadata *open_kernel(PyObject *module, PyObject *source)
{
    return PyObject_CheckBuffer(source) ? from_buffer(module, source)
                                        : from_path(module, source);
}

PyDoc_STRVAR(kernel_notes_doc,
"kernel_notes($module, source, /)\n--\n\n"
"The Xen notes of a kernel, as a dictionary ordered by note number.\n\n"
"source is a path (str or os.PathLike) or the kernel itself (bytes or alike).\n"
"A kernel without Xen notes gives an empty dictionary.");

PyDoc_STRVAR(image_notes_doc,
"image_notes($module, source, /)\n--\n\n"
"Another name of kernel_notes().");

static PyObject *kernel_notes(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_kernel(module, source);
    PyObject *dict;

    if (!metadata)
        return NULL;
    dict = notes_value(metadata, "");
    xr_metadata_free(metadata);
    return dict;
}

PyDoc_STRVAR(kernel_list_doc,
"kernel_list($module, source, /)\n--\n\n"
"The Xen notes of a kernel in their textual form, NAME=VALUE,...");

static PyObject *kernel_list(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_kernel(module, source);
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

PyDoc_STRVAR(kernel_info_doc,
"kernel_info($module, source, /)\n--\n\n"
"What a kernel is: a dictionary with the keys container, compression, place,\n"
"loader, bits and big_endian.");

static PyObject *kernel_info(PyObject *module, PyObject *source)
{
    struct xr_metadata *metadata = open_kernel(module, source);
    const struct xr_kernel *kernel;
    PyObject *dict;

    if (!metadata)
        return NULL;
    kernel = xr_metadata_kernel(metadata);
    dict = Py_BuildValue("{s:s,s:s,s:z,s:z,s:I,s:N}",
                         "container", kernel->container,
                         "compression", kernel->compression,
                         "place", kernel->place, "loader", kernel->loader,
                         "bits", kernel->bits,
                         "big_endian", PyBool_FromLong(kernel->big_endian));
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
        raise_failure(module, NULL, &err);
        return NULL;
    }
    dict = notes_value(metadata, "");
    xr_metadata_free(metadata);
    return dict;
}

PyDoc_STRVAR(version_doc,
"version($module, /)\n--\n\n"
"The version of libxenresumable, such as \"0.2.0\".");

static PyObject *version(PyObject *module, PyObject *nothing)
{
    return PyUnicode_FromString(xr_version());
}

#define WITH_KEYWORDS(function) (PyCFunction)(void (*)(void))(function), \
    METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    { "kernel_notes", kernel_notes, METH_O, kernel_notes_doc },
    { "kernel_list", kernel_list, METH_O, kernel_list_doc },
    { "kernel_info", kernel_info, METH_O, kernel_info_doc },
    { "image_notes", kernel_notes, METH_O, image_notes_doc },
    { "parse_list", parse_list, METH_O, parse_list_doc },
    { "read_image", read_image, METH_O, read_image_doc },
    { "verdict", verdict, METH_O, verdict_doc },
    { "verify_image", WITH_KEYWORDS(verify_image), verify_image_doc },
    { "seal_image", WITH_KEYWORDS(seal_image), seal_image_doc },
    { "diff_images", WITH_KEYWORDS(diff_images), diff_images_doc },
    { "memory_open", memory_open, METH_O, memory_open_doc },
    { "memory_read", memory_read, METH_VARARGS, memory_read_doc },
    { "memory_ranges", memory_ranges, METH_O, memory_ranges_doc },
    { "check_domain", check_domain, METH_VARARGS, check_domain_doc },
    { "checkpoint_domain", checkpoint_domain, METH_VARARGS,
      checkpoint_domain_doc },
    { "list_domains", list_domains, METH_VARARGS, list_domains_doc },
    { "restore_domain", restore_domain, METH_VARARGS, restore_domain_doc },
    { "rollback_domain", rollback_domain, METH_VARARGS, rollback_domain_doc },
    { "version", version, METH_NOARGS, version_doc },
    { NULL, NULL, 0, NULL },
};

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->error);
    Py_VISIT(state->refused);
    Py_VISIT(state->failed);
    Py_VISIT(state->unreadable);
    return 0;
}

static int module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->refused);
    Py_CLEAR(state->failed);
    Py_CLEAR(state->unreadable);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    { Py_mod_exec, add_errors },
    { 0, NULL },
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "xenresumable._native",
    .m_doc = "The functions of xenresumable.",
    .m_size = sizeof(struct state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
