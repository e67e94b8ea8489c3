/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/stage_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

enum { FD_MAX = 1 << 20 };

/* A random uuid (RFC 4122, version 4). */
static int draw_id(char out[STAGE_ID_SIZE])
{
    uint8_t b[16];

    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        return -errno;
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, STAGE_ID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
             b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    return 0;
}

/* NULL and errno. */
static struct stage_page *map(int fd)
{
    void *page = mmap(NULL, sizeof(struct stage_page), PROT_READ | PROT_WRITE,
                      MAP_SHARED, fd, 0);

    return page == MAP_FAILED ? NULL : page;
}

void stage_page_unmap(struct stage_page *page)
{
    if (page)
        munmap(page, sizeof(*page));
}

int stage_page_make(struct stage_page **out, int *fd_out)
{
    CLEANUP_CLOSE int fd = memfd_create("xen-resumable stages",
                                        MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct stage_page *page;
    int r;

    if (fd < 0 || ftruncate(fd, sizeof(*page))
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
        return -errno;
    page = map(fd);
    if (!page)
        return -errno;
    r = draw_id(page->id);
    if (r) {
        stage_page_unmap(page);
        return r;
    }
    *out = page;
    *fd_out = fd;
    fd = -1;
    return 0;
}

/* The fd that was announced; -1.  It may be anybody's by now. */
static int find_fd(void)
{
    const char *text = secure_getenv("XR_STAGES_FD");
    struct stat st;
    long fd;
    char *end;

    if (!text || *text < '0' || *text > '9')
        return -1;
    fd = strtol(text, &end, 10);
    if (*end || fd > FD_MAX || fstat((int)fd, &st)
        || st.st_size != (off_t)sizeof(struct stage_page))
        return -1;
    /* Sealed, so that no access to it can fail. */
    return fcntl((int)fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW)
               ? (int)fd : -1;
}

int stage_page_find(struct stage_page **out, int *fd_out)
{
    const char *id = secure_getenv("XR_CHECKPOINT");
    int fd = id && strlen(id) == STAGE_ID_SIZE - 1 ? find_fd() : -1;
    struct stage_page *page = fd < 0 ? NULL : map(fd);

    if (!page)
        return -ENOENT;
    if (memcmp(page->id, id, STAGE_ID_SIZE)) {
        stage_page_unmap(page);
        return -ENOENT;
    }
    *out = page;
    *fd_out = fd;
    return 0;
}

int stage_page_announce(const struct stage_page *page, int fd)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", fd);
    if (fcntl(fd, F_SETFD, 0) || setenv("XR_CHECKPOINT", page->id, 1)
        || setenv("XR_STAGES_FD", number, 1))
        return -errno;
    return 0;
}

void stage_page_hide(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    unsetenv("XR_CHECKPOINT");
    unsetenv("XR_STAGES_FD");
}

/* The kernel frees it with the process; a child does not inherit it. */
void stage_page_mark_saver(int fd)
{
    const struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    (void)fcntl(fd, F_SETLK, &lock);
}

pid_t stage_page_saver(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}
