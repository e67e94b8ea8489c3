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
	tests/guest/boot.S \
	tests/guest/console.c \
	tests/guest/decoy.c \
	tests/guest/flavour.c \
	tests/guest/main.c \
	tests/guest/memory.c \
	tests/guest/store.c \
	tests/guest/string.c \
	tests/guest/suspend.c \
	tests/guest/time.c
guest_others = \
	tests/guest/flavour.h tests/guest/guest.h tests/guest/guest.lds \
	tests/guest/hypercall.h
GUESTS = \
	tests/guest/netbsd-like \
	tests/guest/illumos-like \
	tests/guest/freebsd-like \
	tests/guest/linux-like \
	tests/guest/silent-like \
	tests/guest/mute \
	tests/guest/lying \
	tests/guest/overlong

check_DATA += $(GUESTS)
CLEANFILES += $(GUESTS)
EXTRA_DIST += tests/guest/README.md $(guest_files) $(guest_others)

guests: $(GUESTS)
.PHONY: guests

$(GUESTS): $(guest_files) $(guest_others)
	$(AM_V_CC)$(MKDIR_P) tests/guest; flavour=$(@F); \
	$(guest_cc) -DFLAVOUR_$${flavour%-like} $(guest_cflags) \
	  $(guest_ldflags) -o $@ \
	  `for f in $(guest_files); do echo $(srcdir)/$$f; done`
