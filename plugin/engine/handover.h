/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec is given timeout, env, sudo, a shell or a script, and xl is started by
 * that.  The stub in that xl (hook/reexec.c) then hands over to a new exec, so
 * that the guest is asked about before xl truncates its file.
 */
#ifndef ENGINE_HANDOVER_H
#define ENGINE_HANDOVER_H

/*
 * How exec was called: options are its own argv from the verb on, up to the
 * COMMAND.  The words go into XR_EXEC.  0 or a negative errno.
 */
int handover_offer(int count, char *const options[]);

/* What runs from here on is xl itself. */
int handover_withdraw(void);

/*
 * sudo removes LD_PRELOAD and the environment: the new exec is put behind it,
 * by "sudo [OPTIONS] xen-resumable exec [OPTIONS] -- COMMAND...".  *out is
 * argv itself where there is no sudo, else an array to be freed (its strings
 * are borrowed).  0 or a negative errno.
 */
int handover_behind_sudo(int argc, char **argv, int count,
                         char *const options[], char ***out);

#endif
