# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Kernels, not programs: flags of their own, nothing of the host's.
guest_cc = $(CC)
guest_cflags = \
	-O2 -std=gnu11 -ffreestanding -fno-builtin -fno-pic -fno-pie -no-pie \
	-mno-red-zone -mgeneral-regs-only -mcmodel=small \
	-fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
guest_ldflags = \
	-nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-T,$(srcdir)/tests/guest/guest.lds
guest_files = \
	tests/guest/console.c \
	tests/guest/decoy.c \
	tests/guest/dirty.c \
	tests/guest/flavour.c \
	tests/guest/main.c \
	tests/guest/notes.S \
	tests/guest/pattern.c \
	tests/guest/platform.c \
	tests/guest/store.c \
	tests/guest/string.c \
	tests/guest/suspend.c \
	tests/guest/time.c
guest_pv_files = tests/guest/boot-pv.S tests/guest/platform_pv.c
guest_pvh_files = tests/guest/boot-pvh.S tests/guest/platform_pvh.c
guest_others = \
	tests/guest/flavour.h tests/guest/guest.h tests/guest/guest.lds \
	tests/guest/hypercall.h tests/guest/platform.h
PV_GUESTS = \
	tests/guest/netbsd-like \
	tests/guest/illumos-like \
	tests/guest/freebsd-like \
	tests/guest/linux-like \
	tests/guest/silent-like \
	tests/guest/mute \
	tests/guest/lying \
	tests/guest/overlong

PVH_GUESTS = tests/guest/linux-pvh
GUESTS = $(PV_GUESTS) $(PVH_GUESTS)

check_DATA += $(GUESTS)
CLEANFILES += $(GUESTS)
EXTRA_DIST += tests/guest/README.md $(guest_files) $(guest_pv_files) \
	$(guest_pvh_files) $(guest_others)

guests: $(GUESTS)
.PHONY: guests

# NAME-like and NAME are FLAVOUR_NAME, with _ for every other minus.
guest_build = \
	$(AM_V_CC)$(MKDIR_P) tests/guest; \
	flavour=`echo $(@F) | sed 's/-like$$//; s/-/_/g'`; \
	$(guest_cc) -DFLAVOUR_$$flavour $(guest_cflags) $(guest_ldflags) -o $@

$(PV_GUESTS): $(guest_files) $(guest_pv_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pv_files); do echo $(srcdir)/$$f; done`

$(PVH_GUESTS): $(guest_files) $(guest_pvh_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pvh_files); do echo $(srcdir)/$$f; done`
