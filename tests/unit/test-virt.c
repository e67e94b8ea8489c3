/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a libvirtd that hangs, dies or says something odd holds up a
 * checkpoint for ever, takes it along, or has another domain destroyed than
 * the one that is meant.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/cleanup.h"
#include "virt/ask.h"
#include "virt/virt.h"

#define UUID "ab000000-0000-0000-0000-000000000000"

#ifdef HAVE_LIBVIRT

#include "virt/calls.h"
#include "virt/questions.h"

/* A libvirtd of one domain.  What it is asked happens in another process. */
static struct libvirtd {
    bool down;
    bool hangs;
    bool crashes;
    bool knows_it;
    bool fails;            /* whatever is asked of the domain */
    unsigned int id;
    int state;
    const char *xml;
    int told;              /* a byte goes there before it hangs */
    int pauses_until;      /* then it has paused the domain; 0: at once */
} libvirtd;

/* What was done, in memory that both processes see. */
static struct deeds {
    int destroyed;
    int paused;
    int unpaused;
    int freed;
    int closed;
    int connected;
    unsigned int xml_flags;
    bool quiet;
    char uri[64];
} *deeds;

static virError last_error;
static int thing; /* what handles point to */

static void fails_by(int code, const char *message)
{
    last_error.code = code;
    last_error.message = (char *)message;
}

static virConnectPtr fake_open(const char *uri)
{
    deeds->connected++;
    snprintf(deeds->uri, sizeof(deeds->uri), "%s", uri);
    if (libvirtd.crashes)
        _exit(3);
    if (libvirtd.hangs && libvirtd.told && write(libvirtd.told, "x", 1) != 1)
        _exit(4);
    while (libvirtd.hangs)
        pause();
    if (!libvirtd.down)
        return (virConnectPtr)(void *)&thing;
    fails_by(VIR_ERR_SYSTEM_ERROR, "Failed to connect socket");
    return NULL;
}

static int fake_close(virConnectPtr connection)
{
    return (void *)connection == &thing ? deeds->closed++ : -1;
}

static virDomainPtr fake_look_up(virConnectPtr connection, const char *uuid)
{
    (void)connection;
    if (libvirtd.knows_it && !strcmp(uuid, UUID))
        return (virDomainPtr)(void *)&thing;
    fails_by(libvirtd.fails ? VIR_ERR_RPC : VIR_ERR_NO_DOMAIN, "no domain");
    return NULL;
}

static int fake_free(virDomainPtr domain)
{
    return (void *)domain == &thing ? deeds->freed++ : -1;
}

static int answer_or_fail(int answer)
{
    if (!libvirtd.fails)
        return answer;
    fails_by(VIR_ERR_INTERNAL_ERROR, "internal error: it is broken");
    return -1;
}

static unsigned int fake_id(virDomainPtr domain)
{
    (void)domain;
    return libvirtd.id;
}

static const char *fake_name(virDomainPtr domain)
{
    (void)domain;
    return "web";
}

static int fake_state(virDomainPtr domain, int *state, int *reason,
                      unsigned int flags)
{
    (void)domain;
    (void)flags;
    *state = libvirtd.state;
    *reason = 0;
    return answer_or_fail(0);
}

static int fake_persistent(virDomainPtr domain)
{
    (void)domain;
    return answer_or_fail(1);
}

static int fake_managed(virDomainPtr domain, unsigned int flags)
{
    (void)domain;
    (void)flags;
    return answer_or_fail(0);
}

static int fake_autostart(virDomainPtr domain, int *out)
{
    (void)domain;
    *out = 1;
    return answer_or_fail(0);
}

static char *fake_xml(virDomainPtr domain, unsigned int flags)
{
    (void)domain;
    deeds->xml_flags = flags;
    return libvirtd.xml ? strdup(libvirtd.xml) : NULL;
}

static int fake_destroy(virDomainPtr domain)
{
    (void)domain;
    deeds->destroyed++;
    return answer_or_fail(0);
}

static int fake_pause(virDomainPtr domain)
{
    char byte;

    (void)domain;
    deeds->paused += !deeds->unpaused;
    if (libvirtd.told && write(libvirtd.told, "x", 1) != 1)
        _exit(4);
    if (libvirtd.pauses_until && read(libvirtd.pauses_until, &byte, 1) != 1)
        _exit(5);
    return 0;
}

static int fake_unpause(virDomainPtr domain)
{
    (void)domain;
    deeds->unpaused += deeds->paused;
    return 0;
}

static virErrorPtr fake_last_error(void)
{
    return last_error.message ? &last_error : NULL;
}

static void fake_quiet(void *data, virErrorFunc handler)
{
    (void)data;
    deeds->quiet = handler;
}

static char *fake_uri(virConnectPtr connection)
{
    (void)connection;
    return strdup("xen:///system");
}

static int fake_library_version(virConnectPtr connection,
                                unsigned long *version)
{
    (void)connection;
    *version = 9000001;
    return answer_or_fail(0);
}

static int fake_version(unsigned long *library, const char *type,
                        unsigned long *unused)
{
    (void)type;
    (void)unused;
    *library = 11003000;
    return 0;
}

static const struct virt_calls fakes = {
    .virConnectClose = fake_close,
    .virConnectGetLibVersion = fake_library_version,
    .virConnectGetURI = fake_uri,
    .virConnectOpen = fake_open,
    .virDomainDestroy = fake_destroy,
    .virDomainFree = fake_free,
    .virDomainGetAutostart = fake_autostart,
    .virDomainGetID = fake_id,
    .virDomainGetName = fake_name,
    .virDomainGetState = fake_state,
    .virDomainGetXMLDesc = fake_xml,
    .virDomainHasManagedSaveImage = fake_managed,
    .virDomainIsPersistent = fake_persistent,
    .virDomainLookupByUUIDString = fake_look_up,
    .virDomainResume = fake_unpause,
    .virDomainSuspend = fake_pause,
    .virGetLastError = fake_last_error,
    .virGetVersion = fake_version,
    .virSetErrorFunc = fake_quiet,
};

static size_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static size_t files_before;

static int begin(void **state)
{
    (void)state;
    deeds = mmap(NULL, sizeof(*deeds), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(deeds, MAP_FAILED);
    libvirtd = (struct libvirtd){
        .knows_it = true,
        .id = 7,
        .state = VIR_DOMAIN_RUNNING,
        .xml = "<domain/>",
    };
    questions_go_to(&fakes);
    files_before = open_files();
    return 0;
}

/* No process and no file is left of a question. */
static int end(void **state)
{
    (void)state;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(open_files(), files_before);
    munmap(deeds, sizeof(*deeds));
    return 0;
}

/* --- what it says */

static void a_domain_is_read(void **state)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };
    struct xr_error err;

    (void)state;
    assert_int_equal(virt_read_domain(UUID, &d, &err), 0);
    assert_string_equal(d.uuid, UUID);
    assert_string_equal(d.name, "web");
    assert_string_equal(d.xml, "<domain/>");
    assert_int_equal(d.domid, 7);
    assert_int_equal(d.state, VIRT_RUNNING);
    assert_true(d.persistent && d.autostart && !d.has_managed_save);
    assert_string_equal(deeds->uri, "xen:///system");
    /* A display's password is restored, too. */
    assert_int_equal(deeds->xml_flags, VIR_DOMAIN_XML_SECURE);
    assert_true(deeds->quiet);
    assert_int_equal(deeds->freed, 1);
    assert_int_equal(deeds->closed, 1);
    assert_int_equal(deeds->connected, 1);
}

static void nobody_asks_for_xml_in_vain(void **state)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };

    (void)state;
    libvirtd.xml = NULL;
    assert_int_equal(virt_find_domain(UUID, &d, NULL), 0);
    assert_null(d.xml);
    assert_int_equal(d.domid, 7);
}

static void one_that_is_off_has_no_number(void **state)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 1 };

    (void)state;
    libvirtd.id = (unsigned int)-1;
    libvirtd.state = VIR_DOMAIN_SHUTOFF;
    assert_int_equal(virt_read_domain(UUID, &d, NULL), 0);
    assert_int_equal(d.domid, 0);
    assert_int_equal(d.state, VIRT_OFF);
    assert_null(d.xml);
}

static void states_are_told_apart(void **state)
{
    static const struct { int theirs; enum virt_state ours; } pairs[] = {
        { VIR_DOMAIN_NOSTATE, VIRT_RUNNING },
        { VIR_DOMAIN_BLOCKED, VIRT_RUNNING },
        { VIR_DOMAIN_PAUSED, VIRT_PAUSED },
        { VIR_DOMAIN_PMSUSPENDED, VIRT_PMSUSPENDED },
        { VIR_DOMAIN_SHUTDOWN, VIRT_ENDING },
        { VIR_DOMAIN_CRASHED, VIRT_ENDING },
        { 99, VIRT_ENDING },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(pairs); i++) {
        CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };

        libvirtd.state = pairs[i].theirs;
        assert_int_equal(virt_find_domain(UUID, &d, NULL), 0);
        assert_int_equal(d.state, pairs[i].ours);
    }
}

static void a_daemon_is_read(void **state)
{
    struct virt_daemon d;

    (void)state;
    assert_int_equal(virt_read_daemon(&d, NULL), 0);
    assert_string_equal(d.library, "11.3.0");
    assert_string_equal(d.daemon, "9.0.1");
    assert_string_equal(d.uri, "xen:///system");
}

/* --- what it does not say */

static void fails(int code, enum xr_reason reason, const char *word)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 77 };
    struct xr_error err;

    assert_int_equal(virt_read_domain(UUID, &d, &err), -code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.reason, reason);
    if (!strstr(err.message, word))
        fail_msg("\"%s\" is not in \"%s\"", word, err.message);
    assert_int_equal(d.domid, 77); /* outputs are set on success only */
}

static void it_is_down(void **state)
{
    (void)state;
    libvirtd.down = true;
    fails(ECONNREFUSED, XR_REASON_NO_LIBVIRT, "Failed to connect socket");
}

static void it_takes_the_asker_along(void **state)
{
    (void)state;
    libvirtd.crashes = true;
    fails(ECONNREFUSED, XR_REASON_NO_LIBVIRT, "has ended");
}

static void it_knows_no_such_domain(void **state)
{
    (void)state;
    libvirtd.knows_it = false;
    fails(ENOENT, XR_REASON_SYSTEM, UUID);
    libvirtd.fails = true;
    fails(EIO, XR_REASON_SYSTEM, "no domain");
}

static void it_is_broken(void **state)
{
    (void)state;
    libvirtd.fails = true;
    fails(EIO, XR_REASON_SYSTEM, "it is broken");
    assert_int_equal(deeds->freed, 1);
    assert_int_equal(deeds->closed, 1);
}

static void it_says_nothing_or_too_much(void **state)
{
    CLEANUP_FREE char *long_xml = malloc(VIRT_XML_MAX + 1);

    (void)state;
    libvirtd.xml = NULL;
    fails(EIO, XR_REASON_SYSTEM, "does not say why");
    libvirtd.xml = "";
    fails(EIO, XR_REASON_SYSTEM, "nothing");
    assert_non_null(long_xml);
    memset(long_xml, 'x', VIRT_XML_MAX);
    long_xml[VIRT_XML_MAX] = '\0';
    libvirtd.xml = long_xml;
    fails(EIO, XR_REASON_SYSTEM, "more than");
    long_xml[VIRT_XML_MAX - 1] = '\0';
    {
        CLEANUP_VIRT_DOMAIN struct virt_domain d = { .domid = 0 };

        assert_int_equal(virt_read_domain(UUID, &d, NULL), 0);
        assert_int_equal(strlen(d.xml), VIRT_XML_MAX - 1);
    }
}

static void it_hangs(void **state)
{
    const struct virt_question question = {
        .kind = VIRT_ASK_DOMAIN,
        .patience = 1,
        .uuid = UUID,
    };
    CLEANUP_VIRT_ANSWER struct virt_answer *answer = NULL;
    struct xr_error err;

    (void)state;
    libvirtd.hangs = true;
    assert_int_equal(virt_ask(&question, &answer, &err), -ETIMEDOUT);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
}

/* Who asks is killed: the process that waits for libvirtd goes with it. */
static void no_asker_stays_behind(void **state)
{
    char byte;
    int wire[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(wire), 0);
    libvirtd.hangs = true;
    libvirtd.told = wire[1];
    child = fork();
    if (!child) {
        struct virt_domain d;

        (void)virt_find_domain(UUID, &d, NULL);
        _exit(0);
    }
    close(wire[1]);
    assert_int_equal(read(wire[0], &byte, 1), 1);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(read(wire[0], &byte, 1), 0); /* when all have ended */
    close(wire[0]);
}

/* --- what it does */

static void only_that_domain_is_destroyed(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(virt_destroy(UUID, 8, &err), -ENOENT);
    libvirtd.id = (unsigned int)-1;
    assert_int_equal(virt_destroy(UUID, 7, &err), -ENOENT);
    assert_int_equal(virt_destroy(UUID, (uint32_t)-1, &err), -ENOENT);
    libvirtd.knows_it = false;
    assert_int_equal(virt_destroy(UUID, 7, &err), -ENOENT);
    assert_int_equal(deeds->destroyed, 0);
    libvirtd.id = 7;
    libvirtd.knows_it = true;
    assert_int_equal(virt_destroy(UUID, 7, &err), 0);
    assert_int_equal(deeds->destroyed, 1);
    libvirtd.fails = true;
    assert_int_equal(virt_destroy(UUID, 7, &err), -EIO);
    assert_non_null(strstr(err.message, "it is broken"));
}

static void what_runs_is_called_so(void **state)
{
    (void)state;
    libvirtd.state = VIR_DOMAIN_PMSUSPENDED;
    assert_int_equal(virt_call_running(UUID, 7, NULL), 0);
    assert_int_equal(deeds->paused, 1);
    assert_int_equal(deeds->unpaused, 1);
}

/* It pauses the domain, tells the one pipe, and answers when the other one tells it. */
static void takes_long_to_pause(int told[2], int until[2])
{
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(until), 0);
    libvirtd.state = VIR_DOMAIN_PMSUSPENDED;
    libvirtd.told = told[1];
    libvirtd.pauses_until = until[0];
}

static void close_both(const int pipe[2])
{
    close(pipe[0]);
    close(pipe[1]);
}

/* Who has it called so is killed, and no guest stays paused. */
static void nobody_is_left_paused_by_a_kill(void **state)
{
    int told[2], until[2];
    char byte;
    pid_t child;

    (void)state;
    takes_long_to_pause(told, until);
    child = fork();
    if (!child) {
        (void)virt_call_running(UUID, 7, NULL);
        _exit(0);
    }
    assert_int_equal(read(told[0], &byte, 1), 1);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(deeds->unpaused, 0);
    assert_int_equal(write(until[1], "x", 1), 1);
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 0); /* when all have ended */
    close(told[0]);
    close_both(until);
    assert_int_equal(deeds->paused, 1);
    assert_int_equal(deeds->unpaused, 1);
}

/* Asked for one second: had it begun by then? */
static bool has_begun_to_pause(void)
{
    const struct virt_question question = {
        .kind = VIRT_CALL_RUNNING,
        .patience = 1,
        .uuid = UUID,
        .domid = 7,
    };
    CLEANUP_VIRT_ANSWER struct virt_answer *answer = NULL;

    assert_int_equal(virt_ask(&question, &answer, NULL), -ETIMEDOUT);
    return atomic_load(&answer->fate) == VIRT_TO_END;
}

/* Nor by a libvirtd that is slower than the patience. */
static void nobody_is_left_paused_by_impatience(void **state)
{
    int told[2], until[2], status;

    (void)state;
    takes_long_to_pause(told, until);
    while (!has_begun_to_pause())
        ; /* on a busy machine */
    assert_int_equal(deeds->unpaused, 0);
    assert_int_equal(write(until[1], "x", 1), 1);
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
    assert_int_equal(deeds->unpaused, 1);
    close_both(told);
    close_both(until);
}

static void what_is_called_so_is_left_alone(void **state)
{
    static const int states[] = { VIR_DOMAIN_RUNNING, VIR_DOMAIN_PAUSED };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(states); i++) {
        libvirtd.state = states[i];
        assert_int_equal(virt_call_running(UUID, 7, NULL), 0);
    }
    libvirtd.state = VIR_DOMAIN_PMSUSPENDED;
    assert_int_equal(virt_call_running(UUID, 6, NULL), -ENOENT);
    assert_int_equal(deeds->paused, 0);
}

/* --- the library */

static void a_library_that_is_another(void **state)
{
    struct virt_calls calls;
    struct xr_error err;

    (void)state;
    assert_int_equal(virt_calls_load("libnothing-of-libvirt.so.0", &calls,
                                     &err), -ENOPKG);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
    assert_int_equal(virt_calls_load("libc.so.6", &calls, &err), -ENOPKG);
    assert_non_null(strstr(err.message, "virConnect"));
}

/* All that we call is in the one that is here, and no daemon runs. */
static void the_library_itself(void **state)
{
    struct virt_calls calls;
    struct virt_daemon daemon;
    struct xr_error err;
    int r;

    (void)state;
    questions_go_to(NULL);
    if (virt_calls_load("libvirt.so.0", &calls, &err))
        skip();
    r = virt_read_daemon(&daemon, &err);
    if (r)
        assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
    else
        assert_string_equal(daemon.uri, VIRT_URI);
}

#define HERE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(a_domain_is_read),
        HERE(nobody_asks_for_xml_in_vain),
        HERE(one_that_is_off_has_no_number),
        HERE(states_are_told_apart),
        HERE(a_daemon_is_read),
        HERE(it_is_down),
        HERE(it_takes_the_asker_along),
        HERE(it_knows_no_such_domain),
        HERE(it_is_broken),
        HERE(it_says_nothing_or_too_much),
        HERE(it_hangs),
        HERE(no_asker_stays_behind),
        HERE(only_that_domain_is_destroyed),
        HERE(what_runs_is_called_so),
        HERE(nobody_is_left_paused_by_a_kill),
        HERE(nobody_is_left_paused_by_impatience),
        HERE(what_is_called_so_is_left_alone),
        HERE(a_library_that_is_another),
        HERE(the_library_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void this_build_says_so(void **state)
{
    struct virt_domain d;
    struct xr_error err;

    (void)state;
    assert_int_equal(virt_read_domain(UUID, &d, &err), -EOPNOTSUPP);
    assert_int_equal(err.reason, XR_REASON_NO_LIBVIRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_build_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
