# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_DIST
# "make dist" twice gives the same bytes: order, owners, modes and times in the
# tarball are not those of this checkout.  The time is SOURCE_DATE_EPOCH, or that
# of the last commit.  By GNU tar, whose posix format would name its own process.
AC_DEFUN([XR_DIST],
[am__tar='tar --format=posix --sort=name --owner=0 --group=0 --numeric-owner \
	--mode=u+rw,go+r-w,a-s --mtime=@"$${SOURCE_DATE_EPOCH:-$$( \
	git -C $(srcdir) log -1 --format=%ct 2>/dev/null || \
	stat -c %Y $(srcdir)/configure.ac)}" \
	--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
	-chf - "$$tardir"'
])
