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

int stage_id_draw(char out[STAGE_ID_SIZE])
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
static struct stage_page *map_page(int fd)
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

int stage_page_make(const char *id, struct stage_page **out, int *fd_out)
{
    CLEANUP_CLOSE int fd = memfd_create("xen-resumable stages",
                                        MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct stage_page *page;
    int r = 0;

    if (fd < 0 || ftruncate(fd, sizeof(*page))
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
        return -errno;
    page = map_page(fd);
    if (!page)
        return -errno;
    if (id)
        snprintf(page->id, sizeof(page->id), "%s", id);
    else
        r = stage_id_draw(page->id);
    if (r) {
        stage_page_unmap(page);
        return r;
    }
    *out = page;
    *fd_out = fd;
    fd = -1;
    return 0;
}

/* It may be anybody's by now.  Sealed, so that no access to it can fail. */
static bool is_page(int fd)
{
    struct stat st;

    return fd >= 0 && !fstat(fd, &st)
           && st.st_size == (off_t)sizeof(struct stage_page)
           && fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW);
}

int stage_page_find(const char *id, int fd, struct stage_page **out)
{
    struct stage_page *page;

    if (!id || strlen(id) != STAGE_ID_SIZE - 1 || !is_page(fd))
        return -ENOENT;
    page = map_page(fd);
    if (!page)
        return -ENOENT;
    if (memcmp(page->id, id, STAGE_ID_SIZE)) {
        stage_page_unmap(page);
        return -ENOENT;
    }
    *out = page;
    return 0;
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
