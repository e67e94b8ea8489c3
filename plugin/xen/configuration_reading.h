/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Only for configuration_parse.c, which reads statements, and
 * configuration_keys.c, which knows what their values are to be.
 */
#ifndef XEN_CONFIGURATION_READING_H
#define XEN_CONFIGURATION_READING_H

#include <stdio.h>

#include "format/statements.h"
#include "xen/configuration.h"
#include "xen/xlutil.h"

struct reading {
    const char *path;
    config_report *report;
    void *data;
    unsigned int problems;
    struct config *config;
    struct xlutil xlutil;
    FILE *messages;     /* libxlutil's, kept in: */
    char *message;
    size_t message_size;
    struct statement statement;
    XLU_Config *parsed; /* the statement */
};

/* "FILE:LINE: ..." */
__attribute__((format(printf, 3, 4)))
void reading_problem(struct reading *r, unsigned int line,
                     const char *format, ...);

/* Where that value of the statement stands; NULL: the statement. */
unsigned int reading_value_line(struct reading *r, XLU_ConfigValue *value);

struct setting {
    const char *key;
    /* False if the value is not what is expected. */
    bool (*set)(struct reading *r, const char *key);
    const char *expected;
};

/* The one of the statement's key; NULL: there is none. */
const struct setting *setting_find(const struct statement *s);

/* By its number; NULL: there are no more. */
const struct setting *setting_get(size_t i);

#endif
