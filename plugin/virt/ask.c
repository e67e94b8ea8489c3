/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process says nothing but by the memory that it shares with its parent,
 * and its last word there is that all of it is written.  A pipe tells when it
 * has ended.
 */
#include "config.h"

#include "virt/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"

#ifdef HAVE_LIBVIRT
#include "virt/questions.h"
#endif

enum { END_S = 300 };

/* What is shared.  The answer comes first: it stands for all of it. */
struct talk {
    struct virt_answer answer;
    struct xr_error error;
    int result;
    atomic_bool done;
};

static int answer_it(const struct virt_question *question, struct talk *talk)
{
#ifdef HAVE_LIBVIRT
    return question_answer(question, &talk->answer, &talk->error);
#else
    (void)question;
    return error_because(&talk->error, XR_REASON_NO_LIBVIRT, EOPNOTSUPP,
                         "libvirtd cannot be asked: this xen-resumable was "
                         "built without libvirt");
#endif
}

/* Before anything can take long: who asks may be killed. */
static void die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        _exit(1);
}

__attribute__((noreturn))
static void answer_and_end(const struct virt_question *question,
                           struct talk *talk, pid_t parent)
{
    die_with(parent);
    signal(SIGPIPE, SIG_IGN);
    talk->result = answer_it(question, talk);
    atomic_store(&talk->done, true);
    _exit(0);
}

/* Its end of the pipe closes with it. */
static bool ends_within(int wire, unsigned int seconds)
{
    uint64_t until = clock_ms() + (uint64_t)seconds * 1000, now;
    struct pollfd end = { .fd = wire };
    int n;

    do {
        now = clock_ms();
        n = poll(&end, 1, now < until ? (int)(until - now) : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* False: it is in the middle of something, and ends by itself. */
static bool give_up_asker(struct talk *talk, pid_t child)
{
    int fate = VIRT_ASKING;

    return atomic_compare_exchange_strong(&talk->answer.fate, &fate,
                                          VIRT_GIVEN_UP)
           && !kill(child, SIGKILL);
}

static void reap_asker(pid_t child)
{
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int asking_result(const struct talk *talk, bool ended,
                       unsigned int patience, struct xr_error *err)
{
    if (atomic_load(&talk->done)) {
        if (talk->result && err)
            *err = talk->error;
        return talk->result;
    }
    if (ended)
        return error_because(err, XR_REASON_NO_LIBVIRT, ECONNREFUSED,
                             "libvirtd cannot be asked: the process that was "
                             "to ask has ended");
    return error_because(err, XR_REASON_NO_LIBVIRT, ETIMEDOUT, "libvirtd has "
                         "not answered for %u s", patience);
}

static int ask_by_child(const struct virt_question *question,
                        struct talk *talk, struct xr_error *err)
{
    pid_t self = getpid(), child;
    int wire[2];
    bool ended;

    if (pipe2(wire, O_CLOEXEC))
        return error_system(err, errno, "a pipe");
    child = fork();
    if (!child) {
        close(wire[0]);
        answer_and_end(question, talk, self);
    }
    close(wire[1]);
    if (child < 0) {
        int r = error_system(err, errno, "a second process");

        close(wire[0]);
        return r;
    }
    ended = ends_within(wire[0], question->patience);
    if (ended || give_up_asker(talk, child))
        reap_asker(child);
    close(wire[0]);
    return asking_result(talk, ended, question->patience, err);
}

int virt_ask(const struct virt_question *question,
             struct virt_answer **answer, struct xr_error *err)
{
    void *memory = mmap(NULL, sizeof(struct talk), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct talk *talk = memory;

    *answer = NULL;
    if (memory == MAP_FAILED)
        return error_system(err, errno, "memory for libvirt's answer");
    *answer = &talk->answer;
    return ask_by_child(question, talk, err);
}

/* Nobody who reads what the command prints is to wait for it, too. */
static void close_standard_files(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

    for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
}

bool virt_must_end(struct virt_answer *answer)
{
    int fate = VIRT_ASKING;

    if (!atomic_compare_exchange_strong(&answer->fate, &fate, VIRT_TO_END)
        || prctl(PR_SET_PDEATHSIG, 0))
        return false;
    close_standard_files();
    /* A libvirtd that hangs for good is not waited for for good. */
    signal(SIGALRM, SIG_DFL);
    alarm(END_S);
    return true;
}

void virt_answer_free(struct virt_answer **answer)
{
    int saved = errno;

    if (*answer)
        munmap(*answer, sizeof(struct talk));
    *answer = NULL;
    errno = saved;
}
