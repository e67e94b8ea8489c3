/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands before libc's function of this name, by which the library opens and
 * signals pidfds, and says what a kernel before 5.1 says.
 */
#include <errno.h>

long syscall(long number, ...);

long syscall(long number, ...)
{
    (void)number;
    errno = ENOSYS;
    return -1;
}
