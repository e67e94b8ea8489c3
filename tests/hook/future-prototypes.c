/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a later Xen may have its functions take and return: for each prototype
 * a function that stands behind a door, and a caller that sends it arguments
 * of bytes that all differ and looks at what comes back.
 */
#include "config.h"

#include <complex.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "hook/future.h"

/* Bytes that differ from those of every other value. */
static void fill(void *data, size_t size)
{
    static uint32_t state = 1;
    unsigned char *bytes = data;

    for (; size; size--) {
        state = state * 1664525 + 1013904223;
        *bytes++ = (unsigned char)(state >> 24);
    }
}

/* Not every byte is one of a long double's, nor every value a bool's. */
static void fill_long_double(long double *value, size_t size)
{
    uint64_t n;

    memset(value, 0, size);
    fill(&n, sizeof(n));
    *value = (long double)n / 3;
}

static void fill_bool(bool *value, size_t size)
{
    (void)size;
    *value = true;
}

#define FILL(value)                             \
    _Generic(&(value),                          \
        long double *: fill_long_double,        \
        bool *: fill_bool,                      \
        default: fill)(&(value), sizeof(value))

static const char *current;
static unsigned int calls;

static size_t size_of_long_double(void) { return 10; }
#define BYTES(value) \
    _Generic((value), long double: size_of_long_double(), \
             default: sizeof(value))
#define SAME(is, should) \
    future_same(current, &(is), &(should), BYTES(is))

/* m(type, number) for each type, with separators between them. */
#define MAP_1(m, s, t) m(t, 1)
#define MAP_2(m, s, t, ...) m(t, 2) s() MAP_1(m, s, __VA_ARGS__)
#define MAP_3(m, s, t, ...) m(t, 3) s() MAP_2(m, s, __VA_ARGS__)
#define MAP_4(m, s, t, ...) m(t, 4) s() MAP_3(m, s, __VA_ARGS__)
#define MAP_5(m, s, t, ...) m(t, 5) s() MAP_4(m, s, __VA_ARGS__)
#define MAP_6(m, s, t, ...) m(t, 6) s() MAP_5(m, s, __VA_ARGS__)
#define MAP_7(m, s, t, ...) m(t, 7) s() MAP_6(m, s, __VA_ARGS__)
#define MAP_8(m, s, t, ...) m(t, 8) s() MAP_7(m, s, __VA_ARGS__)
#define MAP_9(m, s, t, ...) m(t, 9) s() MAP_8(m, s, __VA_ARGS__)
#define MAP_10(m, s, t, ...) m(t, 10) s() MAP_9(m, s, __VA_ARGS__)
#define MAP_11(m, s, t, ...) m(t, 11) s() MAP_10(m, s, __VA_ARGS__)
#define MAP_12(m, s, t, ...) m(t, 12) s() MAP_11(m, s, __VA_ARGS__)
#define MAP_13(m, s, t, ...) m(t, 13) s() MAP_12(m, s, __VA_ARGS__)
#define MAP_14(m, s, t, ...) m(t, 14) s() MAP_13(m, s, __VA_ARGS__)
#define COUNT(...) \
    COUNT_(__VA_ARGS__, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, count, ...) count
#define JOIN(a, b) JOIN_(a, b)
#define JOIN_(a, b) a##b
#define MAP(m, s, ...) JOIN(MAP_, COUNT(__VA_ARGS__))(m, s, __VA_ARGS__)
#define COMMA() ,
#define SEMICOLON() ;

#define TYPE(t, i) t
#define FIELD(t, i) t a##i
#define FILL_FIELD(t, i) FILL(sent->a##i)
#define SEND(t, i) sent->a##i
#define ARRIVES(t, i) SAME(a##i, sent->a##i)

/*
 * PROTOTYPE(name, attributes, what it returns, types of its arguments): calls
 * it twice, for only the first call through a door looks where it leads.
 */
#define PROTOTYPE(name, attributes, result, ...)                              \
    static struct {                                                           \
        MAP(FIELD, SEMICOLON, __VA_ARGS__);                                   \
        result answer;                                                        \
    } name##_sent;                                                            \
                                                                              \
    attributes                                                                \
    static result name##_behind(MAP(FIELD, COMMA, __VA_ARGS__))               \
    {                                                                         \
        const __typeof__(name##_sent) *sent = &name##_sent;                   \
                                                                              \
        MAP(ARRIVES, SEMICOLON, __VA_ARGS__);                                 \
        calls++;                                                              \
        return sent->answer;                                                  \
    }                                                                         \
                                                                              \
    attributes                                                                \
    static void name##_call(hook_function *door)                              \
    {                                                                         \
        result (*function)(MAP(TYPE, COMMA, __VA_ARGS__)) =                   \
            (result (*)(MAP(TYPE, COMMA, __VA_ARGS__)))door;                  \
        __typeof__(name##_sent) *sent = &name##_sent;                         \
        unsigned int i;                                                       \
                                                                              \
        current = #name;                                                      \
        calls = 0;                                                            \
        future_leads_to((hook_function *)name##_behind);                      \
        for (i = 1; i <= 2; i++) {                                            \
            result got;                                                       \
                                                                              \
            MAP(FILL_FIELD, SEMICOLON, __VA_ARGS__);                          \
            FILL(sent->answer);                                               \
            got = function(MAP(SEND, COMMA, __VA_ARGS__));                    \
            SAME(got, sent->answer);                                          \
            SAME(calls, i);                                                   \
        }                                                                     \
    }

typedef uint64_t u64;
typedef unsigned __int128 u128;
typedef void *pointer;
typedef float v4f __attribute__((vector_size(16)));
typedef float v8f __attribute__((vector_size(32)));
typedef float v16f __attribute__((vector_size(64)));
struct pair { u64 a, b; };
struct mixed { double a; u64 b; };
struct floats { float a, b, c, d; };
struct three { char a, b, c; };
struct large { u64 a[13]; };
struct huge { unsigned char a[3000]; };

#define PLAIN
#define AVX __attribute__((target("avx")))
#define AVX512 __attribute__((target("avx512f")))

PROTOTYPE(one_int, PLAIN, int, int)
PROTOTYPE(restore_of_4_22, PLAIN, int, pointer, int, uint32_t, unsigned,
          pointer, uint32_t, unsigned, pointer, uint32_t, unsigned, pointer,
          int, unsigned)
PROTOTYPE(narrow, PLAIN, signed char, char, short, uint8_t, bool, uint16_t,
          char, short, int8_t)
PROTOTYPE(many, PLAIN, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64,
          u64, u64, u64, u64)
PROTOTYPE(int128, PLAIN, u128, u128, int, u128, u128, u64)
PROTOTYPE(float_returned, PLAIN, float, float, float, float, float, float,
          float, float, float, float, float)
PROTOTYPE(double_returned, PLAIN, double, int, double, u64, double, double,
          double, double, double, double, double, double, pointer)
PROTOTYPE(long_double, PLAIN, long double, long double, int, long double)
PROTOTYPE(float_complex, PLAIN, float _Complex, float _Complex)
PROTOTYPE(double_complex, PLAIN, double _Complex, double _Complex, int)
PROTOTYPE(small_struct, PLAIN, int, struct pair, struct mixed, struct three)
PROTOTYPE(large_struct, PLAIN, int, struct large, int, struct huge)
PROTOTYPE(pair_returned, PLAIN, struct pair, int)
PROTOTYPE(mixed_returned, PLAIN, struct mixed, struct mixed)
PROTOTYPE(floats_returned, PLAIN, struct floats, struct floats, float)
PROTOTYPE(three_returned, PLAIN, struct three, struct three)
PROTOTYPE(large_returned, PLAIN, struct large, u64, double, u64, u64, u64, u64,
          u64)
PROTOTYPE(huge_returned, PLAIN, struct huge, struct huge)
PROTOTYPE(bool_returned, PLAIN, bool, bool)
PROTOTYPE(pointer_returned, PLAIN, pointer, pointer)
PROTOTYPE(vectors_of_16, PLAIN, v4f, v4f, v4f, v4f, v4f, v4f, v4f, v4f, v4f,
          v4f, v4f)
PROTOTYPE(vectors_of_32, AVX, v8f, v8f, v8f, v8f, v8f, v8f, v8f, v8f, v8f, v8f,
          v8f)
PROTOTYPE(vectors_of_64, AVX512, v16f, v16f, v16f, v16f, v16f, v16f, v16f,
          v16f, v16f, v16f)
PROTOTYPE(all_at_once, PLAIN, struct large, char, double, struct pair,
          long double, u128, float, struct large, v4f, pointer, struct mixed,
          short, struct floats)

static struct {
    int n;
    u64 integers[9];
    double doubles[9];
} variadic_sent;

static int variadic_behind(int n, ...)
{
    va_list ap;
    int i;

    SAME(n, variadic_sent.n);
    va_start(ap, n);
    for (i = 0; i < n; i++) {
        u64 integer = va_arg(ap, u64);
        double number = va_arg(ap, double);

        SAME(integer, variadic_sent.integers[i]);
        SAME(number, variadic_sent.doubles[i]);
    }
    va_end(ap);
    calls++;
    return n;
}

static void variadic_call(hook_function *door)
{
    int (*function)(int n, ...) = (int (*)(int n, ...))door;
    u64 *s = variadic_sent.integers;
    double *d = variadic_sent.doubles;
    unsigned int i;

    current = "variadic";
    calls = 0;
    future_leads_to((hook_function *)variadic_behind);
    for (i = 1; i <= 2; i++) {
        int got;

        variadic_sent.n = 9;
        FILL(variadic_sent.integers);
        FILL(variadic_sent.doubles);
        got = function(9, s[0], d[0], s[1], d[1], s[2], d[2], s[3], d[3], s[4],
                       d[4], s[5], d[5], s[6], d[6], s[7], d[7], s[8], d[8]);
        SAME(got, variadic_sent.n);
        SAME(calls, i);
    }
}

static void nothing_behind(void)
{
    calls++;
}

static void nothing_call(hook_function *door)
{
    unsigned int i;

    current = "nothing";
    calls = 0;
    future_leads_to(nothing_behind);
    for (i = 1; i <= 2; i++) {
        door();
        SAME(calls, i);
    }
}

static bool has_avx(void) { return __builtin_cpu_supports("avx"); }
static bool has_avx512(void) { return __builtin_cpu_supports("avx512f"); }

#define ENTRY(name) { #name, name##_call, NULL }
const struct prototype prototypes[] = {
    ENTRY(one_int),
    ENTRY(restore_of_4_22),
    ENTRY(narrow),
    ENTRY(many),
    ENTRY(int128),
    ENTRY(float_returned),
    ENTRY(double_returned),
    ENTRY(long_double),
    ENTRY(float_complex),
    ENTRY(double_complex),
    ENTRY(small_struct),
    ENTRY(large_struct),
    ENTRY(pair_returned),
    ENTRY(mixed_returned),
    ENTRY(floats_returned),
    ENTRY(three_returned),
    ENTRY(large_returned),
    ENTRY(huge_returned),
    ENTRY(bool_returned),
    ENTRY(pointer_returned),
    ENTRY(all_at_once),
    ENTRY(variadic),
    ENTRY(nothing),
    ENTRY(vectors_of_16),
    { "vectors_of_32", vectors_of_32_call, has_avx },
    { "vectors_of_64", vectors_of_64_call, has_avx512 },
};
const size_t prototypes_count = sizeof(prototypes) / sizeof(prototypes[0]);
