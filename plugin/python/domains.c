/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domains in the Python module: the verbs of the command.  They run without
 * the GIL, mind Python's signals, and call back.  What on_event or a signal's
 * handler raises stops the command; it comes out when that has ended.
 *
 * _domains.py has the functions that people call, and what options may be.
 */
#include "python/module.h"

struct listener {
    struct xr_events events;
    PyObject *on_event;    /* borrowed; None: nobody wants to know */
    PyThreadState *thread; /* while the GIL is given up */
    bool raised;           /* and the exception is this thread's */
};

/* Takes the event over, which may be NULL, with an exception. */
static void tell_event(struct listener *l, PyObject *event)
{
    PyObject *result = NULL;

    if (event)
        result = PyObject_CallFunctionObjArgs(l->on_event, event, NULL);
    l->raised = !result;
    Py_XDECREF(result);
    Py_XDECREF(event);
}

/* Called without the GIL, as all of them. */
static int on_progress(void *data, uint64_t done, uint64_t total)
{
    struct listener *l = data;

    if (l->raised)
        return 1;
    PyEval_RestoreThread(l->thread);
    l->raised = PyErr_CheckSignals();
    if (!l->raised && l->on_event != Py_None)
        tell_event(l, Py_BuildValue("{s:s,s:K,s:K}", "event", "progress",
                                    "bytes", (unsigned long long)done,
                                    "total", (unsigned long long)total));
    l->thread = PyEval_SaveThread();
    return l->raised;
}

static void on_stage(void *data, const char *name)
{
    struct listener *l = data;

    if (l->raised || l->on_event == Py_None)
        return;
    PyEval_RestoreThread(l->thread);
    tell_event(l, Py_BuildValue("{s:s,s:N}", "event", "stage", "stage",
                                text_value(name)));
    l->thread = PyEval_SaveThread();
}

static void on_message(void *data, enum xr_level level, const char *text)
{
    struct listener *l = data;

    if (l->raised || l->on_event == Py_None)
        return;
    PyEval_RestoreThread(l->thread);
    tell_event(l, Py_BuildValue("{s:s,s:s,s:N}", "event", "message",
                                "level", xr_level_name(level),
                                "text", text_value(text)));
    l->thread = PyEval_SaveThread();
}

static int listener_init(struct listener *l, PyObject *on_event)
{
    *l = (struct listener){
        .events = {
            .size = sizeof(l->events),
            .data = l,
            .progress = on_progress,
            .stage = on_stage,
            .message = on_message,
        },
        .on_event = on_event,
    };
    if (on_event == Py_None || PyCallable_Check(on_event))
        return 0;
    PyErr_SetString(PyExc_TypeError, "on_event: a function is expected");
    return -1;
}

static int set_option(PyObject *module, struct xr_options *options,
                      PyObject *pair)
{
    struct xr_error err;
    PyObject *value;
    char *text = NULL;
    const char *name;

    if (!PyArg_ParseTuple(pair, "yO", &name, &value)
        || (value != Py_None && PyBytes_AsStringAndSize(value, &text, NULL)))
        return -1;
    if (!xr_options_set(options, name, text, &err))
        return 0;
    raise_failure(module, NULL, &err);
    return -1;
}

/* Of a list of pairs; NULL with an exception. */
static struct xr_options *options_of(PyObject *module, PyObject *pairs)
{
    struct xr_options *options = xr_options_new();
    Py_ssize_t i;

    if (!options)
        PyErr_NoMemory();
    for (i = 0; options && i < PyList_GET_SIZE(pairs); i++)
        if (set_option(module, options, PyList_GET_ITEM(pairs, i))) {
            xr_options_free(options);
            options = NULL;
        }
    return options;
}

/* The command's own failure is what the exception was raised beside. */
static void add_context(PyObject *module, const struct xr_error *err)
{
    PyObject *type, *value, *trace, *its_type, *its_value, *its_trace;

    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    raise_failure(module, NULL, err);
    PyErr_Fetch(&its_type, &its_value, &its_trace);
    PyErr_NormalizeException(&its_type, &its_value, &its_trace);
    Py_XDECREF(its_type);
    Py_XDECREF(its_trace);
    PyException_SetContext(value, its_value);
    PyErr_Restore(type, value, trace);
}

/* The result's JSON; NULL with an exception. */
static PyObject *outcome_of(PyObject *module, const struct listener *l, int r,
                            const struct xr_error *err,
                            struct xr_result *result)
{
    PyObject *text = NULL;

    if (l->raised && r && err->reason != XR_REASON_CANCELLED)
        add_context(module, err);
    else if (!l->raised && r)
        raise_failure(module, NULL, err);
    else if (!l->raised)
        text = text_value(xr_result_json(result));
    xr_result_free(result);
    return text;
}

const char check_domain_doc[] =
"check_domain($module, domain, options, on_event, /)\n--\n\n"
"See xenresumable.check().";

PyObject *check_domain(PyObject *module, PyObject *args)
{
    struct xr_result *result = NULL;
    struct xr_options *options;
    PyObject *pairs, *on_event;
    struct listener listener;
    struct xr_error err;
    const char *domain;
    int r;

    if (!PyArg_ParseTuple(args, "yO!O", &domain, &PyList_Type, &pairs,
                          &on_event)
        || listener_init(&listener, on_event))
        return NULL;
    options = options_of(module, pairs);
    if (!options)
        return NULL;
    listener.thread = PyEval_SaveThread();
    r = xr_check_domain(domain, options, &listener.events, &result, &err);
    PyEval_RestoreThread(listener.thread);
    xr_options_free(options);
    return outcome_of(module, &listener, r, &err, result);
}

const char checkpoint_domain_doc[] =
"checkpoint_domain($module, domain, path, options, on_event, /)\n--\n\n"
"See xenresumable.checkpoint().";

PyObject *checkpoint_domain(PyObject *module, PyObject *args)
{
    struct xr_result *result = NULL;
    struct xr_options *options;
    const char *domain, *path;
    PyObject *pairs, *on_event;
    struct listener listener;
    struct xr_error err;
    int r;

    if (!PyArg_ParseTuple(args, "yyO!O", &domain, &path, &PyList_Type, &pairs,
                          &on_event)
        || listener_init(&listener, on_event))
        return NULL;
    options = options_of(module, pairs);
    if (!options)
        return NULL;
    listener.thread = PyEval_SaveThread();
    r = xr_checkpoint(domain, path, options, &listener.events, &result, &err);
    PyEval_RestoreThread(listener.thread);
    xr_options_free(options);
    return outcome_of(module, &listener, r, &err, result);
}

/* Paths and names, with NULL at the end; borrowed of the list. */
static const char **names_of(PyObject *list)
{
    Py_ssize_t n = PyList_GET_SIZE(list), i;
    const char **names = PyMem_Calloc((size_t)n + 1, sizeof(*names));
    char *name;

    if (!names)
        PyErr_NoMemory();
    for (i = 0; names && i < n; i++) {
        if (PyBytes_AsStringAndSize(PyList_GET_ITEM(list, i), &name, NULL)) {
            PyMem_Free(names);
            return NULL;
        }
        names[i] = name;
    }
    return names;
}

const char list_domains_doc[] =
"list_domains($module, names, options, on_event, /)\n--\n\n"
"See xenresumable.list_images().";

PyObject *list_domains(PyObject *module, PyObject *args)
{
    PyObject *list, *pairs, *on_event;
    struct xr_result *result = NULL;
    struct xr_options *options;
    struct listener listener;
    struct xr_error err;
    const char **names;
    int r;

    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &list, &PyList_Type,
                          &pairs, &on_event)
        || listener_init(&listener, on_event))
        return NULL;
    options = options_of(module, pairs);
    names = options ? names_of(list) : NULL;
    if (!names) {
        xr_options_free(options);
        return NULL;
    }
    listener.thread = PyEval_SaveThread();
    r = xr_list(names, options, &listener.events, &result, &err);
    PyEval_RestoreThread(listener.thread);
    xr_options_free(options);
    PyMem_Free(names);
    return outcome_of(module, &listener, r, &err, result);
}

/* None or bytes without a NUL.  False: an exception is set. */
static bool optional_bytes(PyObject *object, const char **out)
{
    char *bytes = NULL;

    if (object != Py_None && PyBytes_AsStringAndSize(object, &bytes, NULL))
        return false;
    *out = bytes;
    return true;
}

const char rollback_domain_doc[] =
"rollback_domain($module, domain, image, options, on_event, /)\n--\n\n"
"See xenresumable.rollback().";

PyObject *rollback_domain(PyObject *module, PyObject *args)
{
    struct xr_result *result = NULL;
    struct xr_options *options;
    PyObject *path, *pairs, *on_event;
    struct listener listener;
    const char *domain, *image;
    struct xr_error err;
    int r;

    if (!PyArg_ParseTuple(args, "yOO!O", &domain, &path, &PyList_Type,
                          &pairs, &on_event)
        || !optional_bytes(path, &image)
        || listener_init(&listener, on_event))
        return NULL;
    options = options_of(module, pairs);
    if (!options)
        return NULL;
    listener.thread = PyEval_SaveThread();
    r = xr_rollback(domain, image, options, &listener.events, &result, &err);
    PyEval_RestoreThread(listener.thread);
    xr_options_free(options);
    return outcome_of(module, &listener, r, &err, result);
}

const char restore_domain_doc[] =
"restore_domain($module, image, options, on_event, /)\n--\n\n"
"See xenresumable.restore().";

PyObject *restore_domain(PyObject *module, PyObject *args)
{
    struct xr_result *result = NULL;
    struct xr_options *options;
    PyObject *pairs, *on_event;
    struct listener listener;
    struct xr_error err;
    const char *image;
    int r;

    if (!PyArg_ParseTuple(args, "yO!O", &image, &PyList_Type, &pairs,
                          &on_event)
        || listener_init(&listener, on_event))
        return NULL;
    options = options_of(module, pairs);
    if (!options)
        return NULL;
    listener.thread = PyEval_SaveThread();
    r = xr_restore(image, options, &listener.events, &result, &err);
    PyEval_RestoreThread(listener.thread);
    xr_options_free(options);
    return outcome_of(module, &listener, r, &err, result);
}
