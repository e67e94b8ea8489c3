# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Kernels, not programs: flags of their own, nothing of the host's.
guest_cc = $(CC)
guest_cflags = \
	-O2 -std=gnu11 -ffreestanding -fno-builtin -fno-pic -fno-pie -no-pie \
	-mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
guest_amd64 = -mno-red-zone -mcmodel=small
guest_ldflags = \
	-nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-T,$(srcdir)/tests/guest/guest.lds
guest_files = \
	tests/guest/balloon.c \
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
	tests/guest/time.c \
	tests/guest/vcpus.c
guest_pv_files = tests/guest/boot-pv.S tests/guest/platform_pv.c
guest_pv32_files = \
	tests/guest/boot-pv32.S tests/guest/divide32.c tests/guest/platform_pv.c
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
# The same, which QEMU loads; not where hvmloader is, which runs before it.
HVM_GUESTS = tests/guest/linux-hvm
image_base = 0x100000
hvm_image_base = 0x1000000
# No C library is needed to build it.
PV32_GUESTS = tests/guest/linux-pv32
GUESTS = $(PV_GUESTS) $(PVH_GUESTS) $(HVM_GUESTS) $(PV32_GUESTS)

check_DATA += $(GUESTS)
CLEANFILES += $(GUESTS)
EXTRA_DIST += tests/guest/README.md $(guest_files) $(guest_pv_files) \
	$(guest_pvh_files) $(guest_pv32_files) $(guest_others)

guests: $(GUESTS)
.PHONY: guests

# NAME-like and NAME are FLAVOUR_NAME, with _ for every other minus.
guest_build = \
	$(AM_V_CC)$(MKDIR_P) tests/guest; \
	flavour=`echo $(@F) | sed 's/-like$$//; s/-/_/g'`; \
	case $$flavour in \
	*_hvm) base=$(hvm_image_base); arch="$(guest_amd64)" ;; \
	*_pv32) base=$(image_base); arch="-m32 -march=i686" ;; \
	*) base=$(image_base); arch="$(guest_amd64)" ;; \
	esac; \
	$(guest_cc) -Wl,--defsym=image_base=$$base -DFLAVOUR_$$flavour \
	  $$arch $(guest_cflags) $(guest_ldflags) -o $@

$(PV_GUESTS): $(guest_files) $(guest_pv_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pv_files); do echo $(srcdir)/$$f; done`

$(PVH_GUESTS): $(guest_files) $(guest_pvh_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pvh_files); do echo $(srcdir)/$$f; done`

$(HVM_GUESTS): $(guest_files) $(guest_pvh_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pvh_files); do echo $(srcdir)/$$f; done`

$(PV32_GUESTS): $(guest_files) $(guest_pv32_files) $(guest_others)
	$(guest_build) \
	  `for f in $(guest_files) $(guest_pv32_files); do echo $(srcdir)/$$f; done`
