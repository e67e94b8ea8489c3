/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt says what failed by an error that it keeps, and which is read at
 * once.
 */
#include "config.h"

#include "virt/questions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "virt/calls.h"

#define SONAME "libvirt.so.0"

/* A domain that is there and does not run has no number. */
#define NO_ID ((unsigned int)-1)

/* In the process that asks, of which there is one for each question. */
struct asking {
    struct virt_calls calls;
    virConnectPtr connection;
    const struct virt_question *question;
    struct virt_answer *answer;
};

static const struct virt_calls *given_calls;

void questions_go_to(const struct virt_calls *calls)
{
    given_calls = calls;
}

static int virt_failed(const struct asking *a, int code, const char *what,
                       struct xr_error *err)
{
    const virError *last = a->calls.virGetLastError();

    return error_because(err, code == ECONNREFUSED ? XR_REASON_NO_LIBVIRT
                                                   : XR_REASON_SYSTEM,
                         code, "%s: %.160s", what,
                         last && last->message ? last->message
                                               : "libvirt does not say why");
}

static int keep_said(char *room, size_t size, const char *text,
                     struct xr_error *err)
{
    size_t length = text ? strlen(text) : 0;

    if (!length)
        return error_set(err, EIO, "libvirt says nothing where a name or a "
                         "description is expected");
    if (length >= size)
        return error_set(err, EIO, "libvirt says more than %zu bytes where a "
                         "name or a description is expected", size - 1);
    memcpy(room, text, length + 1);
    return 0;
}

static enum virt_state state_of(int state)
{
    switch (state) {
    case VIR_DOMAIN_NOSTATE:
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
        return VIRT_RUNNING;
    case VIR_DOMAIN_PAUSED:
        return VIRT_PAUSED;
    case VIR_DOMAIN_PMSUSPENDED:
        return VIRT_PMSUSPENDED;
    case VIR_DOMAIN_SHUTOFF:
        return VIRT_OFF;
    default:
        return VIRT_ENDING;
    }
}

static int ask_state(const struct asking *a, virDomainPtr domain, int *out,
                      struct xr_error *err)
{
    int why;

    return a->calls.virDomainGetState(domain, out, &why, 0) < 0
           ? virt_failed(a, EIO, "libvirt does not say how the domain is",
                         err) : 0;
}

/* Is it kept, started with the host, has it a saved state of libvirt's? */
static int read_settings(const struct asking *a, virDomainPtr domain,
                         struct xr_error *err)
{
    struct virt_answer *answer = a->answer;
    int persistent = a->calls.virDomainIsPersistent(domain);
    int managed = a->calls.virDomainHasManagedSaveImage(domain, 0);
    int autostart = 0;

    if (persistent < 0 || managed < 0
        || (persistent && a->calls.virDomainGetAutostart(domain, &autostart)))
        return virt_failed(a, EIO, "libvirt does not say how it keeps the "
                           "domain", err);
    answer->persistent = persistent;
    answer->autostart = autostart;
    answer->has_managed_save = managed;
    return 0;
}

/*
 * As libvirt's own save writes it, and with what is secret, which that leaves
 * out: a display that has a password would be restored without one.
 */
static int describe_it(const struct asking *a, virDomainPtr domain,
                       struct xr_error *err)
{
    CLEANUP_FREE char *xml =
        a->calls.virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_SECURE);

    if (!xml)
        return virt_failed(a, EIO, "libvirt does not describe the domain",
                           err);
    return keep_said(a->answer->xml, sizeof(a->answer->xml), xml, err);
}

static int read_it(const struct asking *a, virDomainPtr domain,
                   struct xr_error *err)
{
    struct virt_answer *answer = a->answer;
    unsigned int id = a->calls.virDomainGetID(domain);
    int state, r = ask_state(a, domain, &state, err);

    if (!r)
        r = read_settings(a, domain, err);
    if (!r)
        r = keep_said(answer->name, sizeof(answer->name),
                      a->calls.virDomainGetName(domain), err);
    if (r)
        return r;
    answer->domid = id == NO_ID ? 0 : id;
    answer->state = id == NO_ID ? VIRT_OFF : state_of(state);
    return a->question->with_xml && answer->domid
           ? describe_it(a, domain, err) : 0;
}

/* Only one that libvirt runs under that very number is meant. */
static int check_number(const struct asking *a, virDomainPtr domain,
                        struct xr_error *err)
{
    uint32_t wanted = a->question->domid;
    unsigned int id = a->calls.virDomainGetID(domain);

    if (id == NO_ID)
        return error_set(err, ENOENT, "for libvirt the domain is off");
    return id == wanted
           ? 0 : error_set(err, ENOENT, "for libvirt it is domain %u, not "
                           "%u", id, wanted);
}

static int destroy_it(const struct asking *a, virDomainPtr domain,
                      struct xr_error *err)
{
    int r = check_number(a, domain, err);

    if (!r && a->calls.virDomainDestroy(domain))
        r = virt_failed(a, EIO, "libvirt does not destroy the domain", err);
    return r;
}

/*
 * From "pmsuspended" libvirt has one other way to "running", a wake-up, which
 * fails: it resumes a domain that is not suspended.
 *
 * Between the two calls the domain stands still, and whoever is killed there would
 * leave it so.
 */
static int call_it_running(const struct asking *a, virDomainPtr domain,
                           struct xr_error *err)
{
    int state, r = check_number(a, domain, err);

    if (!r)
        r = ask_state(a, domain, &state, err);
    if (r || state != VIR_DOMAIN_PMSUSPENDED)
        return r;
    if (!virt_must_end(a->answer))
        return error_because(err, XR_REASON_NO_LIBVIRT, ETIMEDOUT, "libvirtd "
                             "is not waited for any more");
    if (a->calls.virDomainSuspend(domain))
        return virt_failed(a, EIO, "libvirt does not pause the domain", err);
    return a->calls.virDomainResume(domain)
           ? virt_failed(a, EIO, "libvirt does not unpause the domain", err)
           : 0;
}

static int find_it(const struct asking *a, virDomainPtr *out,
                   struct xr_error *err)
{
    const char *uuid = a->question->uuid;
    const virError *last;

    *out = a->calls.virDomainLookupByUUIDString(a->connection, uuid);
    if (*out)
        return 0;
    last = a->calls.virGetLastError();
    if (last && last->code == VIR_ERR_NO_DOMAIN)
        return error_set(err, ENOENT, "libvirt knows no domain with the uuid "
                         "%s", uuid);
    return virt_failed(a, EIO, "libvirt does not look for the domain", err);
}

static int answer_of_domain(const struct asking *a,
                            int (*what)(const struct asking *a,
                                        virDomainPtr domain,
                                        struct xr_error *err),
                            struct xr_error *err)
{
    virDomainPtr domain;
    int r = find_it(a, &domain, err);

    if (r)
        return r;
    r = what(a, domain, err);
    a->calls.virDomainFree(domain);
    return r;
}

/* libvirt's number for "9.0.0" is 9000000. */
static void put_version(char room[16], unsigned long version)
{
    snprintf(room, 16, "%lu.%lu.%lu", version / 1000000 % 1000,
             version / 1000 % 1000, version % 1000);
}

static int answer_of_daemon(const struct asking *a, struct xr_error *err)
{
    struct virt_daemon *out = &a->answer->daemon;
    unsigned long library, daemon;
    CLEANUP_FREE char *uri = a->calls.virConnectGetURI(a->connection);

    if (!uri || a->calls.virGetVersion(&library, NULL, NULL)
        || a->calls.virConnectGetLibVersion(a->connection, &daemon))
        return virt_failed(a, EIO, "libvirtd does not say what it is", err);
    put_version(out->library, library);
    put_version(out->daemon, daemon);
    return keep_said(out->uri, sizeof(out->uri), uri, err);
}

static int answer_connected(const struct asking *a, struct xr_error *err)
{
    switch (a->question->kind) {
    case VIRT_ASK_DOMAIN:
        return answer_of_domain(a, read_it, err);
    case VIRT_DESTROY:
        return answer_of_domain(a, destroy_it, err);
    case VIRT_CALL_RUNNING:
        return answer_of_domain(a, call_it_running, err);
    case VIRT_ASK_DAEMON:
        break;
    }
    return answer_of_daemon(a, err);
}

/* libvirt prints by itself otherwise. */
static void keep_quiet(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

static int get_calls(struct virt_calls *out, struct xr_error *err)
{
    if (!given_calls)
        return virt_calls_load(SONAME, out, err);
    *out = *given_calls;
    return 0;
}

int question_answer(const struct virt_question *question,
                    struct virt_answer *out, struct xr_error *err)
{
    struct asking a = { .question = question, .answer = out };
    int r = get_calls(&a.calls, err);

    if (r)
        return r;
    a.calls.virSetErrorFunc(NULL, keep_quiet);
    a.connection = a.calls.virConnectOpen(VIRT_URI);
    if (!a.connection)
        return virt_failed(&a, ECONNREFUSED, "libvirtd cannot be asked", err);
    r = answer_connected(&a, err);
    a.calls.virConnectClose(a.connection);
    return r;
}
