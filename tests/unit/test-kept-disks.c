/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copy counts if image and ledger say the same of it, and a disk that was written
 * to is found out.  If this fails, an image that somebody has made up has root write
 * one file over another, or a guest destroys its file system.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "domain/disk_facts.h"
#include "engine/disk_identity.h"
#include "engine/disk_state.h"
#include "engine/kept_disks.h"
#include "util/cleanup.h"

#define XVDA "disk.xvda.kind=file,disk.xvda.target=/a,disk.xvda.driver=file," \
             "disk.xvda.copy=/a.xr"
#define XVDB ",disk.xvdb.kind=device,disk.xvdb.target=/b," \
             "disk.xvdb.driver=lvm,disk.xvdb.copy=/b.xr"
#define HEAD "domain.uuid=U-U-I-D,checkpoint.id=id,"

static struct disk_copy items[] = {
    { (char *)"xvda", (char *)"/a", (char *)"raw", (char *)"file",
      (char *)"/a.xr" },
    { (char *)"xvdb", (char *)"/b", (char *)"raw", (char *)"lvm",
      (char *)"/b.xr" },
};

static int compare(const char *record, const struct disk_copies *copies)
{
    CLEANUP_IMAGE_DISKS struct image_disks disks = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err;
    int r;

    assert_int_equal(keylist_parse(record, strlen(record), &list, NULL), 0);
    assert_int_equal(image_disks_read(&list, &disks, NULL), 0);
    r = kept_disks_compare(&list, &disks, copies, &err);
    if (r)
        assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    return r;
}

static void are_those_of_which_both_speak(void **state)
{
    static const char *const bad[] = {
        HEAD XVDA,
        HEAD XVDA XVDB ",disk.xvdc.driver=file,disk.xvdc.copy=/c.xr,"
        "disk.xvdc.target=/c",
        "domain.uuid=other,checkpoint.id=id," XVDA XVDB,
        "domain.uuid=U-U-I-D,checkpoint.id=other," XVDA XVDB,
        "domain.uuid=U-U-I-D," XVDA XVDB,
        "checkpoint.id=id," XVDA XVDB,
        HEAD "disk.xvda.driver=file,disk.xvda.copy=/etc/shadow,"
        "disk.xvda.target=/a" XVDB,
        HEAD "disk.xvda.driver=file,disk.xvda.copy=/a.xr,"
        "disk.xvda.target=/etc/shadow" XVDB,
        HEAD "disk.xvda.driver=other,disk.xvda.copy=/a.xr,"
        "disk.xvda.target=/a" XVDB,
        HEAD "disk.xvda.driver=file,disk.xvda.copy=/a.xr" XVDB,
    };
    const struct disk_copies copies = {
        .id = (char *)"id", .uuid = (char *)"u-u-i-d", .items = items,
        .count = COUNT(items), .lock = -1,
    };
    size_t i;

    (void)state;
    assert_int_equal(compare(HEAD XVDA XVDB, &copies), 0);
    assert_int_equal(compare(HEAD XVDA XVDB ",disk.hdc.kind=file", &copies),
                     0);
    for (i = 0; i < COUNT(bad); i++)
        assert_int_equal(compare(bad[i], &copies), -EBADMSG);
    assert_ptr_equal(kept_disks_get(&copies, "xvdb"), &items[1]);
    assert_null(kept_disks_get(&copies, "xvd"));
}

static void are_none_where_nobody_has_noted_any(void **state)
{
    static const char *const records[] = {
        "domain.uuid=u", HEAD "disk.xvda.kind=file", XVDA, HEAD XVDA,
    };
    struct disk_copies copies = DISK_COPIES_NONE;
    struct xr_error err;
    size_t i;

    (void)state;
    setenv("XR_COPIES_DIR", "/nonexistent", 1);
    for (i = 0; i < COUNT(records); i++) {
        CLEANUP_IMAGE_DISKS struct image_disks disks = { 0 };
        CLEANUP_KEYLIST struct keylist list = { 0 };

        assert_int_equal(keylist_parse(records[i], strlen(records[i]), &list,
                                       NULL), 0);
        assert_int_equal(image_disks_read(&list, &disks, NULL), 0);
        assert_int_equal(kept_disks_find(&list, &disks, &copies, &err),
                         -ENOENT);
        assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    }
}

/* --- is it still the one? */

static char path[] = "/tmp/test-disk.XXXXXX";

static void describe(struct keylist *record)
{
    struct disk_facts facts;
    char size[24], when[DISK_TIME_SIZE];

    assert_int_equal(disk_facts_read(path, &facts, NULL), 0);
    snprintf(size, sizeof(size), "%020llu", (unsigned long long)facts.size);
    disk_time_print(&facts.mtime, when);
    assert_int_equal(keylist_set_text(record, "disk.xvda.kind", "file"), 0);
    assert_int_equal(keylist_set_text(record, "disk.xvda.target", path), 0);
    assert_int_equal(keylist_set_text(record, "disk.xvda.size", size), 0);
    assert_int_equal(keylist_set_text(record, "disk.xvda.mtime", when), 0);
}

static struct preflight_disk ask(const struct keylist *record, const char *dev,
                                 bool as_they_are)
{
    struct domain_disk disk = { .path = path, .dev = (char *)dev };
    const struct domain_config config = { .disks = &disk, .disk_count = 1 };
    const struct disk_state_wish wish = { .as_they_are = as_they_are };
    struct preflight_disk answer = { .use = PREFLIGHT_FREE };

    assert_int_equal(disk_state_ask(record, &config, &wish, &answer, NULL),
                     0);
    assert_int_equal(answer.use, PREFLIGHT_FREE);
    return answer;
}

static void changed_disks_are_found_out(void **state)
{
    CLEANUP_KEYLIST struct keylist record = { 0 };
    static const struct timespec then[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    CLEANUP_CLOSE int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "disk", 4), 4);
    assert_int_equal(ask(&record, "xvda", false).state,
                     PREFLIGHT_DISK_UNSAID);
    describe(&record);
    assert_int_equal(ask(&record, "xvda", false).state, PREFLIGHT_DISK_SAME);
    assert_int_equal(ask(&record, "xvdb", false).state,
                     PREFLIGHT_DISK_UNSAID);
    assert_int_equal(ask(&record, NULL, false).state, PREFLIGHT_DISK_UNSAID);

    assert_int_equal(futimens(fd, then), 0);
    assert_int_equal(ask(&record, "xvda", false).state,
                     PREFLIGHT_DISK_CHANGED);
    assert_true(ask(&record, "xvda", true).as_it_is);
    describe(&record);
    assert_int_equal(ask(&record, "xvda", false).state, PREFLIGHT_DISK_SAME);

    /* Halved, and of the same time. */
    assert_int_equal(ftruncate(fd, 2), 0);
    assert_int_equal(futimens(fd, then), 0);
    assert_int_equal(ask(&record, "xvda", false).state,
                     PREFLIGHT_DISK_CHANGED);
    assert_non_null(strstr(ask(&record, "xvda", false).why, "size"));
    unlink(path);
    assert_int_equal(ask(&record, "xvda", false).state,
                     PREFLIGHT_DISK_UNSAID);
}

static void what_is_put_back_need_not_be_the_same(void **state)
{
    struct domain_disk disks[] = {
        { .path = (char *)"/a", .dev = (char *)"xvda" },
        { .path = (char *)"/c", .dev = (char *)"xvdc" },
    };
    const struct domain_config config = { .disks = disks, .disk_count = 2 };
    const struct disk_copies copies = {
        .id = (char *)"id", .uuid = (char *)"u", .items = items, .count = 1,
        .lock = -1,
    };
    const struct disk_state_wish wish = { .back = &copies };
    struct preflight_disk answers[2] = { { .use = PREFLIGHT_FREE } };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    static const char record[] = HEAD XVDA ",disk.xvdc.kind=file";

    (void)state;
    assert_int_equal(keylist_parse(record, strlen(record), &list, NULL), 0);
    assert_int_equal(disk_state_ask(&list, &config, &wish, answers, NULL), 0);
    assert_int_equal(answers[0].state, PREFLIGHT_DISK_PUT_BACK);
    assert_int_equal(answers[1].state, PREFLIGHT_DISK_UNSAID);
    assert_false(answers[1].has_copy);
}

/* By its inode; one that was made anew from a copy has a mark. */
static void another_file_is_not_overwritten(void **state)
{
    struct domain_disk disk = { .path = path, .dev = (char *)"xvda" };
    const struct domain_config config = { .disks = &disk, .disk_count = 1 };
    struct disk_copy copy = { (char *)"xvda", path, (char *)"raw",
                              (char *)"file", (char *)"/c" };
    const struct disk_copies copies = {
        .id = (char *)"id", .uuid = (char *)"u", .items = &copy, .count = 1,
        .lock = -1,
    };
    struct disk_names as_it_is = { .count = 0 };
    struct disk_state_wish wish = { .back = &copies };
    struct preflight_disk answer = { .use = PREFLIGHT_FREE };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_IMAGE_DISKS struct image_disks said = { 0 };
    CLEANUP_CLOSE int fd = -1;
    char id[40];
    struct stat st;

    (void)state;
    strcpy(path, "/tmp/test-disk.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    describe(&list);
    assert_int_equal(fstat(fd, &st), 0);
    snprintf(id, sizeof(id), "inode:%ju", (uintmax_t)st.st_ino);
    assert_int_equal(keylist_set_text(&list, "disk.xvda.id", id), 0);
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_PUT_BACK);

    assert_int_equal(keylist_set_text(&list, "disk.xvda.id", "inode:1"), 0);
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_CHANGED);
    assert_true(answer.is_other);
    assert_string_equal(answer.why, "it is another file");
    answer = (struct preflight_disk){ .is_guests = true };
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_PUT_BACK);
    answer.is_guests = false;
    wish.are_ours = true;
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_PUT_BACK);
    wish.are_ours = false;

    /* Its name says that nothing is put back there. */
    assert_int_equal(disk_names_add(&as_it_is, "xvda", NULL), 0);
    wish.as_it_is = &as_it_is;
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_true(answer.as_it_is);
    assert_int_not_equal(answer.state, PREFLIGHT_DISK_PUT_BACK);
    wish.as_it_is = NULL;

    assert_int_equal(image_disks_read(&list, &said, NULL), 0);
    disk_identity_mark(&said.items[0], path, "u");
    if (getxattr(path, "trusted.xen-resumable.disk", id, sizeof(id)) < 0) {
        unlink(path);
        skip(); /* the mark is root's */
    }
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_PUT_BACK);
    disk_identity_mark(&said.items[0], path, "of-another");
    assert_int_equal(disk_state_ask(&list, &config, &wish, &answer, NULL), 0);
    assert_int_equal(answer.state, PREFLIGHT_DISK_CHANGED);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_those_of_which_both_speak),
        cmocka_unit_test(are_none_where_nobody_has_noted_any),
        cmocka_unit_test(changed_disks_are_found_out),
        cmocka_unit_test(what_is_put_back_need_not_be_the_same),
        cmocka_unit_test(another_file_is_not_overwritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
