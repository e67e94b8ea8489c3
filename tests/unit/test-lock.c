/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, two savers have a domain at once, a saver that died keeps its
 * domain for ever, a local user blocks one, or a guest is resumed by somebody
 * who did not suspend it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/lock.h"
#include "domain/lock_record.h"
#include "domain/savers.h"
#include "unit.h"

#define UUID "12345678-1234-1234-1234-123456789abc"
enum { DOMID = 32000, PLENTY = 600 };

static char top[] = "/tmp/test-lock-XXXXXX";
static char folder[64], file[128];

static struct lock_wish wish(unsigned int timeout)
{
    return (struct lock_wish){
        .uuid = UUID,
        .domid = DOMID,
        .intent = INTENT_SAVE,
        .timeout = timeout,
    };
}

static int take(struct lock *lock, struct xr_error *err)
{
    const struct lock_wish now = wish(0);

    *lock = (struct lock)LOCK_NONE;
    return lock_take(&now, lock, err);
}

static int fresh(void **state)
{
    (void)state;
    unlink(file);
    rmdir(file);
    unlink(folder);
    rmdir(folder);
    return 0;
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

/* --- another process that has the lock */

struct other {
    pid_t pid;
    int go; /* it releases the lock when something comes here */
};

/* In the child: takes it, says so, and keeps it. */
static void hold(int said, int go, enum lock_state lock_state, bool stream)
{
    struct lock lock, at_work = LOCK_NONE;
    char byte = 0;

    if (take(&lock, NULL) || lock_set_state(UUID, lock_state, NULL)
        || (stream && lock_begin_stream(UUID, &at_work, NULL))
        || write(said, "", 1) != 1)
        _exit(1);
    if (read(go, &byte, 1) == 1)
        lock_release(&lock);
    pause();
}

static struct other start(enum lock_state lock_state, bool stream)
{
    struct other other;
    int said[2], go[2];
    char byte;

    assert_int_equal(pipe2(said, O_CLOEXEC) | pipe2(go, O_CLOEXEC), 0);
    other.pid = fork();
    if (!other.pid) {
        close(said[0]);
        close(go[1]);
        hold(said[1], go[0], lock_state, stream);
    }
    close(said[1]);
    close(go[0]);
    assert_int_equal(read(said[0], &byte, 1), 1);
    close(said[0]);
    other.go = go[1];
    return other;
}

static void end(struct other *other)
{
    kill(other->pid, SIGKILL);
    waitpid(other->pid, NULL, 0);
    close(other->go);
}

/* --- */

static void taken_and_given_up(void **state)
{
    struct lock_record record;
    struct lock lock, second;
    struct xr_error err;
    struct stat st;

    (void)state;
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
    assert_int_equal(take(&lock, &err), 0);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(lock_look(UUID, &record), LOCK_OURS);
    assert_int_equal(record.holder.pid, getpid());
    assert_int_equal(record.intent, INTENT_SAVE);
    assert_int_equal(record.domid, DOMID);
    assert_int_equal(lock_state(UUID), LOCK_RUNNING);
    /* Not even to another thread of the same process. */
    assert_int_equal(take(&second, &err), -EBUSY);
    lock_release(&lock);
    assert_int_equal(lock.fd, -1);
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
    assert_int_equal(access(file, F_OK), -1);
    lock_release(&lock);
    assert_int_equal(take(&lock, &err), 0);
    lock_release(&lock);
}

static void names_are_no_paths(void **state)
{
    struct lock_wish other = wish(0);
    struct lock lock;

    (void)state;
    other.uuid = "../1234";
    assert_int_equal(lock_take(&other, &lock, NULL), -EINVAL);
    other.uuid = UUID UUID;
    assert_int_equal(lock_take(&other, &lock, NULL), -EINVAL);
}

/* A number of ours that another process had, which is dead. */
static void a_number_is_no_process(void **state)
{
    struct other other = start(LOCK_RUNNING, false);
    char bytes[LOCK_RECORD_SIZE];
    struct lock_record record;
    int fd;

    (void)state;
    assert_int_equal(lock_look(UUID, &record), LOCK_OTHERS);
    assert_true(process_read(getpid(), &record.holder));
    lock_record_encode(&record, bytes);
    fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(lock_look(UUID, NULL), LOCK_OURS);
    record.holder.started++;
    lock_record_encode(&record, bytes);
    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(lock_look(UUID, NULL), LOCK_OTHERS);
    close(fd);
    end(&other);
}

static void says_who_has_it(void **state)
{
    struct other other = start(LOCK_RUNNING, false);
    char pid[32], text[LOCK_TEXT_ROOM];
    struct xr_error err;
    struct lock lock;

    (void)state;
    assert_int_equal(take(&lock, &err), -EBUSY);
    snprintf(pid, sizeof(pid), "(pid %ld, since 2", (long)other.pid);
    assert_non_null(strstr(err.message, pid));
    assert_non_null(strstr(err.message, "save "));
    assert_true(lock_is_busy(UUID, DOMID, text));
    assert_non_null(strstr(text, pid));
    assert_int_equal(lock_look(UUID, NULL), LOCK_OTHERS);
    /* What others have is not ours to change. */
    assert_int_equal(lock_set_state(UUID, LOCK_HELD, &err), -EPERM);
    assert_int_equal(lock_state(UUID), LOCK_RUNNING);
    end(&other);
    assert_false(lock_is_busy(UUID, DOMID, text));
}

static int waits;

static void let_go(const char *for_whom, const void *data)
{
    waits++;
    assert_non_null(strstr(for_whom, "save (pid "));
    assert_int_equal(write(*(const int *)data, "", 1), 1);
}

static void waits_until_it_is_given_up(void **state)
{
    struct other other = start(LOCK_RUNNING, false);
    struct lock_wish patient = wish(PLENTY);
    struct lock lock;

    (void)state;
    patient.on_wait = let_go;
    patient.data = &other.go;
    waits = 0;
    assert_int_equal(lock_take(&patient, &lock, NULL), 0);
    assert_int_equal(waits, 1);
    lock_release(&lock);
    end(&other);
}

static bool waits_no_longer(const void *data)
{
    (void)data;
    return ++waits == 3;
}

/* Ctrl-C, say: another one's lock may be long in coming. */
static void waits_until_it_is_stopped(void **state)
{
    struct other other = start(LOCK_RUNNING, false);
    struct lock_wish patient = wish(PLENTY);
    struct xr_error err;
    struct lock lock = LOCK_NONE;

    (void)state;
    patient.wants_stop = waits_no_longer;
    waits = 0;
    assert_int_equal(lock_take(&patient, &lock, &err), -ECANCELED);
    assert_int_equal(err.reason, XR_REASON_CANCELLED);
    assert_int_equal(waits, 3);
    assert_int_equal(lock.fd, -1);
    assert_int_equal(lock_look(UUID, NULL), LOCK_OTHERS);
    end(&other);
}

/* What it leaves behind is the next one's to know. */
static enum lock_state left_by_the_dead(enum lock_state lock_state)
{
    struct other other = start(lock_state, false);
    struct lock lock;
    enum lock_state left;

    end(&other);
    assert_int_equal(take(&lock, NULL), 0);
    left = lock.record.state;
    lock_release(&lock);
    unlink(file);
    return left;
}

static void who_died_holds_nothing(void **state)
{
    (void)state;
    assert_int_equal(left_by_the_dead(LOCK_RUNNING), LOCK_RUNNING);
    assert_int_equal(left_by_the_dead(LOCK_ASKED), LOCK_RUNNING);
    assert_int_equal(left_by_the_dead(LOCK_SUSPENDED), LOCK_HELD);
    assert_int_equal(left_by_the_dead(LOCK_HELD), LOCK_HELD);
}

static void held_outlives_the_lock(void **state)
{
    struct lock_wish other_domid = wish(0);
    struct lock lock;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock_set_state(UUID, LOCK_HELD, NULL), 0);
    lock_release(&lock);
    /* Nobody takes what is left for his own. */
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
    assert_int_equal(lock_set_state(UUID, LOCK_RUNNING, NULL), -EPERM);
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock.record.state, LOCK_HELD);
    lock_release(&lock);
    /* Restored: another domain of the same uuid. */
    other_domid.domid = DOMID + 1;
    assert_int_equal(lock_take(&other_domid, &lock, NULL), 0);
    assert_int_equal(lock.record.state, LOCK_RUNNING);
    lock_release(&lock);
}

static void stream_outlives_its_toolstack(void **state)
{
    struct other other;
    struct xr_error err;
    struct lock lock, stream = LOCK_NONE;
    pid_t helper;

    (void)state;
    assert_int_equal(lock_begin_stream(UUID, &stream, NULL), -ENOENT);
    other = start(LOCK_SUSPENDED, false);
    helper = fork();
    if (!helper) {
        assert_int_equal(lock_begin_stream(UUID, &stream, NULL), 0);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(helper, NULL, WUNTRACED);
    assert_int_equal(lock_begin_stream(UUID, &stream, NULL), -EBUSY);
    end(&other);
    assert_int_equal(take(&lock, &err), -EBUSY);
    assert_non_null(strstr(err.message, "whose toolstack has ended"));
    kill(helper, SIGKILL);
    waitpid(helper, NULL, 0);
    assert_int_equal(take(&lock, &err), 0);
    assert_true(lock_wait_for_stream(&lock, PLENTY));
    lock_release(&lock);
}

static void stream_that_does_not_end(void **state)
{
    struct lock lock, stream = LOCK_NONE;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock_begin_stream(UUID, &stream, NULL), 0);
    assert_false(lock_wait_for_stream(&lock, 0));
    lock_release(&stream);
    assert_true(lock_wait_for_stream(&lock, 0));
    lock_release(&lock);
}

/* As an xl that exec has started: 0 if all is as it should be. */
static int inherit_as_xl(void)
{
    struct lock_record record;

    if (lock_inherit(UUID, INTENT_MIGRATE, NULL)
        || lock_look(UUID, &record) != LOCK_OURS
        || record.holder.pid != getpid() || record.intent != INTENT_MIGRATE
        || lock_set_state(UUID, LOCK_SUSPENDED, NULL))
        return 1;
    return lock_set_state(UUID, LOCK_RUNNING, NULL) ? 1 : 0;
}

/* What its child has inherited, the parent still gives up. */
static void child_of_the_holder(void **state)
{
    struct lock lock, other;
    int status;
    pid_t xl;

    (void)state;
    assert_int_equal(lock_inherit(UUID, INTENT_SAVE, NULL), -ENOENT);
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock_inherit(UUID, INTENT_SAVE, NULL), -ENOENT);
    xl = fork();
    if (!xl)
        _exit(inherit_as_xl());
    waitpid(xl, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(take(&other, NULL), -EBUSY);
    lock_release(&lock);
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
    assert_int_not_equal(access(file, F_OK), 0);
}

/*
 * Who was killed had given it up, and another one has it by now: an heir's copy
 * of it is nobody's lock.
 */
static void given_up_before(void **state)
{
    struct lock lock, copy;
    struct other other;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    copy = lock;
    copy.fd = dup(lock.fd);
    assert_int_equal(lock_set_state(UUID, LOCK_HELD, NULL), 0);
    lock_release(&lock);
    other = start(LOCK_RUNNING, false);
    lock_release(&copy);
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(lock_look(UUID, NULL), LOCK_OTHERS);
    assert_int_equal(take(&lock, NULL), -EBUSY);
    end(&other);
}

/* It was held, and somebody without the lock has resumed or destroyed it. */
static void no_longer_held(void **state)
{
    struct lock lock;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock_set_state(UUID, LOCK_HELD, NULL), 0);
    lock_forget(UUID); /* who has it, keeps it */
    assert_int_equal(lock_state(UUID), LOCK_HELD);
    lock_release(&lock);
    assert_int_equal(access(file, F_OK), 0);
    lock_forget(UUID);
    assert_int_not_equal(access(file, F_OK), 0);
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock.record.state, LOCK_RUNNING);
    lock_release(&lock);
}

/* As the guardian of a checkpoint does. */
static void child_takes_over_from_its_parent(void **state)
{
    const struct lock_wish patient = wish(PLENTY);
    struct lock_record record;
    int wire[2], said[2];
    struct lock lock;
    char byte;
    pid_t parent;

    (void)state;
    assert_int_equal(pipe2(wire, O_CLOEXEC) | pipe2(said, O_CLOEXEC), 0);
    parent = fork();
    if (!parent) {
        if (take(&lock, NULL) || lock_set_state(UUID, LOCK_ASKED, NULL))
            _exit(1);
        if (!fork()) {
            close(wire[1]);
            close(said[0]);
            /* Until the parent is dead. */
            if (write(said[1], "", 1) != 1 || read(wire[0], &byte, 1) || lock_adopt(&lock, NULL)
                || lock_state(UUID) != LOCK_ASKED
                || write(said[1], "", 1) != 1)
                _exit(1);
            pause();
        }
        pause();
    }
    close(wire[1]);
    close(said[1]);
    assert_int_equal(read(said[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    assert_int_equal(read(said[0], &byte, 1), 1);
    assert_int_equal(take(&lock, NULL), -EBUSY);
    assert_int_equal(lock_look(UUID, &record), LOCK_OTHERS);
    assert_int_not_equal(record.holder.pid, parent);
    kill(record.holder.pid, SIGKILL);
    assert_int_equal(lock_take(&patient, &lock, NULL), 0);
    lock_release(&lock);
    close(wire[0]);
    close(said[0]);
}

/* A release counts for all who have inherited the lock. */
static void release_is_for_all(void **state)
{
    struct lock lock, again;
    pid_t child;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    child = fork();
    if (!child) {
        pause();
        _exit(0);
    }
    lock_release(&lock);
    assert_int_equal(take(&again, NULL), 0);
    lock_release(&again);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* --- threads */

enum { THREADS = 8, TURNS = 20 };
static int inside; /* no atomic: the lock is what keeps it in order */
static pthread_mutex_t count_mutex = PTHREAD_MUTEX_INITIALIZER;

static void *take_turns(void *data)
{
    const struct lock_wish patient = wish(PLENTY);
    intptr_t failures = 0;
    struct lock lock;
    int i, now;

    (void)data;
    for (i = 0; i < TURNS; i++) {
        failures += lock_take(&patient, &lock, NULL) != 0;
        pthread_mutex_lock(&count_mutex);
        now = ++inside;
        pthread_mutex_unlock(&count_mutex);
        failures += now != 1;
        pthread_mutex_lock(&count_mutex);
        inside--;
        pthread_mutex_unlock(&count_mutex);
        lock_release(&lock);
    }
    return (void *)failures;
}

static void one_thread_at_a_time(void **state)
{
    pthread_t threads[THREADS];
    void *failures;
    int i;

    (void)state;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, NULL),
                         0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failures);
        assert_null(failures);
    }
}

/* --- what is in the way */

static void folder_that_is_a_link(void **state)
{
    struct lock lock;
    int r;

    (void)state;
    assert_int_equal(symlink("/tmp", folder), 0);
    r = take(&lock, NULL);
    assert_true(r == -ELOOP || r == -ENOTDIR);
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
}

static void folder_of_others(void **state)
{
    struct xr_error err;
    struct lock lock;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    lock_release(&lock);
    if (geteuid() || chown(folder, 65534, 0))
        return; /* only root can make one of another user's */
    assert_int_equal(take(&lock, &err), -EPERM);
    assert_non_null(strstr(err.message, "belongs to user 65534"));
}

static void file_of_another_kind(void **state)
{
    struct lock lock;

    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(take(&lock, NULL), -EINVAL);
    unlink(file);
    assert_int_equal(symlink("/etc/passwd", file), 0);
    assert_int_equal(take(&lock, NULL), -ELOOP);
    unlink(file);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(take(&lock, NULL), -EISDIR);
}

static void content_that_says_nothing(void **state)
{
    static const char *const contents[] = {
        "", "\n", "xen-resumable lock 1\n", "xen-resumable lock 2\n",
        "xen-resumable lock 1\nprogram=x\npid=-1\n",
        "xen-resumable lock 1\nprogram=x\npid=99999999999999999999\n",
        "xen-resumable lock 1\nprogram=x\npid=1\nstarted=1\nsince=1\n"
        "intent=love\nstate=held\ndomid=32000\nend\n",
        "xen-resumable lock 1\nprogram=x\npid=1\nstarted=1\nsince=1\n"
        "intent=save\nstate=held\ndomid=32000\nen",
    };
    struct other other;
    struct xr_error err;
    struct lock lock;
    size_t i;

    (void)state;
    other = start(LOCK_RUNNING, false);
    for (i = 0; i < COUNT(contents); i++) {
        write_file(file, contents[i], strlen(contents[i]));
        assert_int_equal(take(&lock, &err), -EBUSY);
        assert_non_null(strstr(err.message, "an unknown program"));
    }
    end(&other);
    for (i = 0; i < COUNT(contents); i++) {
        write_file(file, contents[i], strlen(contents[i]));
        assert_int_equal(take(&lock, &err), 0);
        assert_int_equal(lock.record.state, LOCK_RUNNING);
        lock_release(&lock);
    }
}

/* A name that a program gave itself does not forge the rest. */
static void record_round_trip(void **state)
{
    struct lock_record record = {
        .holder = { .pid = 12, .started = UINT64_MAX },
        .since = 1790000000,
        .intent = INTENT_MIGRATE,
        .state = LOCK_ASKED,
        .domid = UINT32_MAX,
    };
    char bytes[LOCK_RECORD_SIZE];
    struct lock_record back;

    (void)state;
    process_name_copy(record.holder.name, "a b\npid=1\x1b[0m"
                      "0123456789012345678901234567890123456789");
    lock_record_encode(&record, bytes);
    assert_true(lock_record_decode(bytes, sizeof(bytes), &back));
    assert_string_equal(back.holder.name, "a_b_pid=1_[0m012345678901234567");
    assert_int_equal(back.holder.pid, 12);
    assert_true(back.holder.started == UINT64_MAX);
    assert_int_equal(back.since, record.since);
    assert_int_equal(back.intent, INTENT_MIGRATE);
    assert_int_equal(back.state, LOCK_ASKED);
    assert_true(back.domid == UINT32_MAX);
}

/* Nobody has it then: it is no lock that cannot say who has it. */
static void no_room_for_the_record(void **state)
{
    const struct rlimit none = { 0, RLIM_INFINITY };
    struct rlimit before;
    struct lock lock;
    int r;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    r = take(&lock, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    assert_int_equal(lock.fd, -1);
    assert_int_equal(lock_look(UUID, NULL), LOCK_FREE);
    assert_int_not_equal(access(file, F_OK), 0);
    assert_int_equal(take(&lock, NULL), 0);
    lock_release(&lock);
}

/* --- savers without the plugin */

/* A process of that program that shows these arguments. */
static pid_t show_arguments(const char *program, const char *domid)
{
    char path[128];
    int copied, said[2];
    pid_t pid;
    char byte;

    snprintf(path, sizeof(path), "cp /proc/%ld/exe %s/%s", (long)getpid(),
             top, program);
    copied = system(path);
    assert_int_equal(copied, 0);
    snprintf(path, sizeof(path), "%s/%s", top, program);
    assert_int_equal(pipe(said), 0);
    pid = fork();
    if (!pid) {
        char fd[16];

        snprintf(fd, sizeof(fd), "%d", said[1]);
        execl(path, path, "--save-domain", fd, "-1", domid, "1", "2", "0",
              (char *)NULL);
        _exit(1);
    }
    close(said[1]);
    assert_int_equal(read(said[0], &byte, 1), 1);
    close(said[0]);
    return pid;
}

static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void saver_without_a_lock_is_found(void **state)
{
    char pid[32], text[LOCK_TEXT_ROOM];
    struct saver saver;
    struct xr_error err;
    struct lock lock;
    pid_t helper;

    (void)state;
    assert_false(savers_find(DOMID, &saver));
    helper = show_arguments("libxl-save-helper", "32000");
    assert_true(savers_find(DOMID, &saver));
    assert_int_equal(saver.pid, helper);
    assert_false(savers_find(DOMID + 1, &saver));
    assert_false(savers_find(3200, &saver));
    assert_int_equal(take(&lock, &err), -EBUSY);
    snprintf(pid, sizeof(pid), "(pid %ld)", (long)getpid());
    assert_non_null(strstr(err.message, pid));
    assert_true(lock_is_busy(UUID, DOMID, text));
    /* Nobody has got the lock, so there is no file of it. */
    assert_int_not_equal(access(file, F_OK), 0);
    end_process(helper);
    assert_int_equal(take(&lock, &err), 0);
    lock_release(&lock);
    /* The arguments alone are anybody's to choose. */
    helper = show_arguments("sudo", "32000");
    assert_false(savers_find(DOMID, &saver));
    end_process(helper);
}

/* What a former holder has left says what became of the domain. */
static void a_record_outlives_a_busy_domain(void **state)
{
    struct lock lock;
    pid_t helper;

    (void)state;
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock_set_state(UUID, LOCK_HELD, NULL), 0);
    lock_release(&lock);
    helper = show_arguments("libxl-save-helper", "32000");
    assert_int_equal(take(&lock, NULL), -EBUSY);
    end_process(helper);
    assert_int_equal(take(&lock, NULL), 0);
    assert_int_equal(lock.record.state, LOCK_HELD);
    lock_release(&lock);
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    snprintf(folder, sizeof(folder), "%s/run", top);
    snprintf(file, sizeof(file), "%s/" UUID, folder);
    return setenv("XR_RUN_DIR", folder, 1);
}

static int finish(void **state)
{
    char command[128];

    fresh(state);
    snprintf(command, sizeof(command), "rm -rf %s", top);
    return system(command);
}

#define TEST(function) cmocka_unit_test_setup(function, fresh)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(taken_and_given_up),
        TEST(names_are_no_paths),
        TEST(a_number_is_no_process),
        TEST(says_who_has_it),
        TEST(waits_until_it_is_given_up),
        TEST(waits_until_it_is_stopped),
        TEST(who_died_holds_nothing),
        TEST(held_outlives_the_lock),
        TEST(stream_outlives_its_toolstack),
        TEST(stream_that_does_not_end),
        TEST(child_of_the_holder),
        TEST(given_up_before),
        TEST(no_longer_held),
        TEST(child_takes_over_from_its_parent),
        TEST(release_is_for_all),
        TEST(one_thread_at_a_time),
        TEST(folder_that_is_a_link),
        TEST(folder_of_others),
        TEST(file_of_another_kind),
        TEST(content_that_says_nothing),
        TEST(record_round_trip),
        TEST(no_room_for_the_record),
        TEST(saver_without_a_lock_is_found),
        TEST(a_record_outlives_a_busy_domain),
    };

    /* As show_arguments starts it. */
    if (argc > 2 && !strcmp(argv[1], "--save-domain")) {
        if (write(atoi(argv[2]), "", 1) == 1)
            pause();
        return 1;
    }
    return cmocka_run_group_tests(tests, begin, finish);
}
