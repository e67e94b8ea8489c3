/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest kernel of a few hundred lines: no interrupts, the page tables of its
 * start, virtual address = (pseudo-)physical address; one vCPU, if it is not
 * told to have more.
 *
 * It counts on its console, suspends when control/shutdown asks for it, and
 * says what the suspend hypercall returned.  What its notes say and what it
 * does with that value is its flavour (flavour.h).
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040400
#include <xen/xen.h>

enum { PAGE_BYTES = 4096 };

/* notes.S */
extern char hypercall_page[];
extern char boot_stack_top[];

/* console.c */
void print(const char *text);
void print_number(uint64_t number);

/*
 * store.c: paths are relative to the domain's own directory.  Reads and writes
 * between begin and commit are one transaction; commit returns false if it has
 * to be done again.
 */
void store_start(void);
void store_restart(void);
void store_watch(const char *path);
bool store_poll(void); /* has a watch fired since the last call? */
size_t store_read(const char *path, char *out, size_t room);
void store_write(const char *path, const char *value);
void store_write_bytes(const char *path, const char *value, size_t n);
void store_begin(void);
bool store_commit(void);

/* time.c: nanoseconds since Xen started */
uint64_t now(void);
void sleep_for_ever(void) __attribute__((noreturn));
void time_use(volatile struct vcpu_time_info *info);
void sleep_until(uint64_t deadline);
void nap_until(uint64_t deadline); /* on a vCPU that gets no events */

/* suspend.c: the hypercall's return value */
int suspend(void);

/* flavour.c, in the order of the calls; only announce may use xenstore. */
void flavour_start(void);
void flavour_resumed(int returned);
void flavour_announce(void); /* in every new domain */

/* main.c */
__attribute__((noreturn)) void stop(unsigned int reason);
void guest_main(void *boot_info);

/* decoy.c: notes of another kernel, in memory */
void decoy_make(uint32_t suspend_cancel);

/*
 * pattern.c, dirty.c: what the guest does with its memory, in portions.  start
 * takes the memory; dirty's is less, and comes first.
 */
void dirty_start(void);
void dirty_step(void);
void pattern_start(bool spoils_a_word);
void pattern_step(void);

/*
 * vcpus.c, balloon.c: a guest as people have them.  Its counter goes on while
 * all of its vCPUs do, and while it has no more memory than it wants.  From
 * stand_still to go_on nobody but the first vCPU uses anything.
 */
void vcpus_start(uint64_t wanted);
bool vcpus_all_count(void); /* since it last said so */
void vcpus_stand_still(void);
void vcpus_go_on(void);
void balloon_start(uint64_t mib);
bool balloon_is_right(void);

/* string.c */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
size_t strlen(const char *text);
bool same(const char *a, const char *b);

#endif
