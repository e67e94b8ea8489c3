/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest "web" with one disk, its image web.img, and what a rollback of it does; all
 * else is made up.
 */
#ifndef TESTS_UNIT_ROLLBACK_WORLD_H
#define TESTS_UNIT_ROLLBACK_WORLD_H

#include "unit.h"

#include "engine/rollback_state.h"

#define UUID "ab000000-0000-4000-8000-000000000001"
#define OTHER_UUID "ab000000-0000-4000-8000-000000000002"
#define DISK "{\"pdev_path\":\"/srv/web.raw\",\"vdev\":\"xvda\"," \
             "\"format\":\"raw\",\"readwrite\":1}"
#define KEPT "domain.uuid=" UUID ",checkpoint.id=u,disk.xvda.kind=file," \
             "disk.xvda.target=/srv/web.raw,disk.xvda.mode=w," \
             "disk.xvda.driver=file,disk.xvda.copy=/srv/web.raw.xr-u"

enum { FIRST_DOMID = 7, STEPS_MAX = 60 };

/* Of all processes. */
struct world {
    bool there;               /* the domain */
    bool paused;
    uint64_t cpu_time;
    uint32_t domid;
    int lingers;              /* so often Xen has it yet when it is destroyed */
    int checkpoints, destroyed, put_back, restored, watched;
    bool destroyed_without_note;
    bool restored_without_disks;
    bool checkpoint_fails;    /* as a full disk has it */
    const char *image_goes;   /* meanwhile, to another name */
    enum { NOBODY, HALF, WHOLE } other_starts; /* instead of what is restored */
    bool is_renamed;
    bool is_held_by_policy;   /* after a checkpoint */
    bool no_room_after;       /* to put disks back, once their copies are made */
    bool is_libvirts;
    bool libvirt_is_silent;
    bool libvirt_takes_it_for_off;
    enum { OBEYS, LATE, NEVER } libvirt; /* when it is to destroy */
    int by_libxl, by_libvirt; /* destroyed */
    int swept;                /* what was left of copies */
    bool is_swept_under_lock;
    bool stop;                /* somebody wants it to */
    int result;               /* of a child's rollback */
    enum xr_reason reason;
    char guest[16], next[512], image[512], safety[512];
    bool goes_on;
    char said[16384];
};

extern struct world *world;

/* Before all tests; -1: there is no memory. */
int begin_world(void);
int rollback_setup(void **state);
int rollback_teardown(void **state);

/* A path in the test's folder, in one of a few buffers. */
const char *at(const char *name);

/* In a process of its own; step: which of its steps fails, or is its last; 0: none.
   False: it was killed. */
bool run(const struct rollback_options *options, int step, bool kills);
bool is_said(const char *text);
bool has_note(void);

struct rollback_options to_image(const char *name);
void make_image(const char *name, const char *uuid, const char *disks,
                const char *record);
void make_libvirts_image(const char *name);

/* What the hook was told since the last time. */
const char *take_told(void);

/* The guest is there again, from its image. */
void assert_back(void);

/* Nothing has happened to it, and why. */
void assert_untouched(enum xr_reason reason);

/* What is said of a domain that is in its image alone, and that it comes back. */
void assert_comes_back(const struct rollback_options *o);

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, rollback_setup, rollback_teardown)

#endif
