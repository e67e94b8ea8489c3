/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of a checkpoint: what is kept of them, is there room for it, and
 * what becomes of the copies.  The copies themselves are made while the guest
 * stands still, by libxl-save-helper (domain/disk_plan.h).
 *
 * A copy is only made once the ledger has it (engine/disk_copies.h), and stays
 * only if the image gets its name.
 */
#ifndef ENGINE_CHECKPOINT_DISKS_H
#define ENGINE_CHECKPOINT_DISKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/checkpoint_state.h"
#include "util/error.h"

/* What drivers are run with, for this checkpoint. */
struct disk_drivers checkpoint_drivers(const struct checkpoint *c);

/*
 * Asks the drivers, names what is not kept, and refuses where all was to be.
 * The error is set; the refusal is the caller's to say.  -EPERM with
 * XR_REASON_DISK_NOT_KEPT.
 */
int checkpoint_plan_disks(struct checkpoint *c, struct xr_error *err);

/*
 * A checkpoint that was killed, with all that would have seen to it, may have left QEMU
 * stopped: it goes on.  Never fails.
 */
int checkpoint_wake_qemu(struct checkpoint *c, struct xr_error *err);

/* Bytes that the copies take in the image's file system. */
uint64_t checkpoint_disks_beside(const struct checkpoint *c);

/* Is there room for the others?  -ENOSPC. */
int checkpoint_room_for_disks(const struct checkpoint *c,
                              struct xr_error *err);

/*
 * First of all, before there is a guardian.  Where copies cannot be noted none
 * are made, and that is said, or, if all were to be kept, it fails.
 */
int taking_begin_copies(struct taking *t, struct xr_error *err);

/* For libxl-save-helper, before the stages are announced. */
int taking_hand_plan(struct taking *t, struct xr_error *err);

/*
 * The stream is written: the image's record is to say what the disks were when
 * the guest stood still.  If no copies were made they are given up, and that
 * is said, or, if all were to be kept, it fails.
 */
int taking_note_facts(struct taking *t, struct xr_error *err);

/* The image is whole, on the disk, and about to get its name. */
int taking_keep_copies(struct taking *t, struct xr_error *err);

/* It has it. */
void taking_end_copies(struct taking *t);

#endif
