/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/config_places.h"

#include <errno.h>
#include <stdlib.h>

struct config_place *config_places_add(struct config_places *places,
                                       enum config_place_kind kind,
                                       int *r_out)
{
    size_t n = places->count;
    struct config_place *more;

    if (n == CONFIG_PLACES_MAX) {
        *r_out = -E2BIG;
        return NULL;
    }
    if (!(n & (n - 1))) {
        more = reallocarray(places->places, n ? 2 * n : 1, sizeof(*more));
        if (!more) {
            *r_out = -ENOMEM;
            return NULL;
        }
        places->places = more;
    }
    places->places[places->count++] = (struct config_place){ .kind = kind };
    return &places->places[n];
}

int config_places_find(enum config_syntax syntax, const char *text, size_t n,
                       struct config_places *out, struct xr_error *err)
{
    *out = (struct config_places){ .syntax = syntax };
    return syntax == CONFIG_JSON ? config_places_find_json(text, n, out, err)
                                 : config_places_find_xml(text, n, out, err);
}

void config_places_free(struct config_places *places)
{
    int saved = errno;
    size_t i, word;

    for (i = 0; i < places->count; i++)
        for (word = 0; word < CONFIG_WORDS; word++)
            free(places->places[i].words[word].value);
    free(places->places);
    *places = (struct config_places){ .places = NULL };
    errno = saved;
}
