/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole save images in the Python module: verifying, sealing, comparing.  All
 * of them run without the GIL, mind Python's signals, and call back.
 */
#include "python/module.h"

#include <errno.h>
#include <fcntl.h>

struct call {
    struct xr_events events;
    PyObject *on_progress;  /* borrowed; None: nobody wants to know */
    PyThreadState *thread;  /* while the GIL is given up */
    bool raised;            /* by the callback, or by a signal's handler */
};

/* Called without the GIL. */
static int progress(void *data, uint64_t done, uint64_t total)
{
    struct call *call = data;
    PyObject *result;

    PyEval_RestoreThread(call->thread);
    call->raised = PyErr_CheckSignals();
    if (!call->raised && call->on_progress != Py_None) {
        result = PyObject_CallFunction(call->on_progress, "KK",
                                       (unsigned long long)done,
                                       (unsigned long long)total);
        call->raised = !result;
        Py_XDECREF(result);
    }
    call->thread = PyEval_SaveThread();
    return call->raised;
}

/* 0, or -1 with an exception. */
static int call_init(struct call *call, PyObject *on_progress)
{
    *call = (struct call){
        .events = {
            .size = sizeof(call->events),
            .data = call,
            .progress = progress,
        },
        .on_progress = on_progress,
    };
    if (on_progress == Py_None || PyCallable_Check(on_progress))
        return 0;
    PyErr_SetString(PyExc_TypeError, "on_progress: a function is expected");
    return -1;
}

static void call_begin(struct call *call)
{
    call->thread = PyEval_SaveThread();
}

static void call_end(struct call *call)
{
    PyEval_RestoreThread(call->thread);
}

static PyObject *problems_value(const struct xr_verify *verify)
{
    PyObject *list = PyList_New(0);
    const char *what;
    uint64_t offset;
    size_t i;

    for (i = 0; list && (what = xr_verify_problem(verify, i, &offset)); i++)
        if (append_item(list, Py_BuildValue("{s:K,s:N}", "offset",
                                            (unsigned long long)offset,
                                            "what", text_value(what))))
            Py_CLEAR(list);
    return list;
}

static PyObject *verification_value(const struct xr_verify *verify)
{
    const struct xr_verify_info *info = xr_verify_info(verify);

    return Py_BuildValue("{s:N,s:N,s:K,s:K,s:K,s:I,s:N,s:s,s:N}",
                         "ok", PyBool_FromLong(info->ok),
                         "complete", PyBool_FromLong(info->complete),
                         "bytes", (unsigned long long)info->bytes,
                         "records", (unsigned long long)info->records,
                         "pages", (unsigned long long)info->pages,
                         "vcpus", info->vcpus,
                         "metadata", PyBool_FromLong(info->metadata),
                         "seal", xr_seal_state_name(info->seal),
                         "problems", problems_value(verify));
}

const char verify_image_doc[] =
"verify_image($module, source, /, structure=False, *, on_progress=None)\n"
"--\n\n"
"Whether a save image is sound, as \"xen-resumable verify --format=json\".\n\n"
"structure: neither the lists of pages nor the seal's digest are looked at.\n"
"on_progress(done, total) is called about ten times a second, with bytes; total\n"
"is 0 where nobody knows it.  What it raises stops the work and comes out here.";

PyObject *verify_image(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char none[] = "", structure_name[] = "structure",
        progress_name[] = "on_progress";
    char *names[] = { none, structure_name, progress_name, NULL };
    PyObject *from, *on_progress = Py_None, *value = NULL;
    struct xr_verify *verify = NULL;
    struct source source;
    struct xr_error err;
    struct call call;
    int structure = 0, r;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p$O", names, &from,
                                     &structure, &on_progress)
        || call_init(&call, on_progress)
        || source_open(from, O_RDONLY, &source))
        return NULL;
    call_begin(&call);
    r = xr_verify_fd(source.fd, structure ? XR_VERIFY_STRUCTURE : 0,
                     &call.events, &verify, &err);
    call_end(&call);
    if (!call.raised && r)
        raise_failure(module, source.path, &err);
    else if (!call.raised)
        value = verification_value(verify);
    source_close(&source);
    xr_verify_free(verify);
    return value;
}

static PyObject *seal_value(const struct xr_seal *seal)
{
    return Py_BuildValue("{s:N,s:s,s:K,s:s}",
                         "sealed_before", PyBool_FromLong(seal->was_sealed),
                         "algorithm", "XXH3-128", "length",
                         (unsigned long long)seal->length, "digest",
                         seal->digest);
}

const char seal_image_doc[] =
"seal_image($module, source, /, *, on_progress=None)\n--\n\n"
"Appends a digest to a save image, as \"xen-resumable seal --format=json\".\n\n"
"Refused if the image is not sound: it is left as it is.  on_progress is as of\n"
"verify_image().";

PyObject *seal_image(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char none[] = "", progress_name[] = "on_progress";
    char *names[] = { none, progress_name, NULL };
    PyObject *from, *on_progress = Py_None, *value = NULL;
    struct source source;
    struct xr_error err;
    struct xr_seal seal;
    struct call call;
    int r;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$O", names, &from,
                                     &on_progress)
        || call_init(&call, on_progress)
        || source_open(from, O_RDWR, &source))
        return NULL;
    call_begin(&call);
    r = xr_seal_fd(source.fd, 0, &call.events, &seal, &err);
    call_end(&call);
    if (!call.raised && r == -EBADMSG)
        raise_refusal(module, source.path, &err);
    else if (!call.raised && r)
        raise_failure(module, source.path, &err);
    else if (!call.raised)
        value = seal_value(&seal);
    source_close(&source);
    return value;
}

static PyObject *differences_value(const struct xr_diff *diff,
                                   enum xr_diff_part part)
{
    PyObject *list = PyList_New(0);
    struct xr_difference d;
    size_t i;

    for (i = 0; list && !xr_diff_get(diff, part, i, &d); i++)
        if (append_item(list, Py_BuildValue("{s:N,s:N,s:N}",
                                            "key", text_value(d.key),
                                            "a", text_or_none(d.a),
                                            "b", text_or_none(d.b))))
            Py_CLEAR(list);
    return list;
}

static PyObject *ranges_value(const struct xr_diff *diff)
{
    PyObject *list = PyList_New(0);
    uint64_t first, last;
    size_t i;

    for (i = 0; list && !xr_diff_range(diff, i, &first, &last); i++)
        if (append_item(list, Py_BuildValue("KK", (unsigned long long)first,
                                            (unsigned long long)last)))
            Py_CLEAR(list);
    return list;
}

static PyObject *diff_value(const struct xr_diff *diff)
{
    const struct xr_diff_info *info = xr_diff_info(diff);

    return Py_BuildValue("{s:N,s:N,s:N,s:N,s:{s:K,s:K,s:N}}",
                         "same", PyBool_FromLong(info->same),
                         "config", differences_value(diff, XR_DIFF_CONFIG),
                         "metadata",
                         differences_value(diff, XR_DIFF_METADATA),
                         "vcpus", differences_value(diff, XR_DIFF_STATE),
                         "pages",
                         "changed", (unsigned long long)info->pages_changed,
                         "ranges_found", (unsigned long long)info->ranges,
                         "ranges", ranges_value(diff));
}

const char diff_images_doc[] =
"diff_images($module, a, b, /, *, on_progress=None)\n--\n\n"
"What differs between two images, as \"xen-resumable diff --format=json\".\n\n"
"on_progress is as of verify_image(); it tells of a first, then of b.";

PyObject *diff_images(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char none[] = "", progress_name[] = "on_progress";
    char *names[] = { none, none, progress_name, NULL };
    PyObject *from_a, *from_b, *on_progress = Py_None, *value = NULL;
    struct xr_diff *diff = NULL;
    struct source a, b;
    struct xr_error err;
    struct call call;
    int r;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|$O", names, &from_a,
                                     &from_b, &on_progress)
        || call_init(&call, on_progress)
        || source_open(from_a, O_RDONLY, &a))
        return NULL;
    if (source_open(from_b, O_RDONLY, &b)) {
        source_close(&a);
        return NULL;
    }
    call_begin(&call);
    r = xr_diff_fds(a.fd, b.fd, 0, &call.events, &diff, &err);
    call_end(&call);
    if (!call.raised && r)
        raise_failure(module, NULL, &err);
    else if (!call.raised)
        value = diff_value(diff);
    source_close(&b);
    source_close(&a);
    xr_diff_free(diff);
    return value;
}
