/* SPDX-License-Identifier: Apache-2.0
 *
 * unpickle_machine.h - the state of one unpickling, shared by the files that are the
 * machine: unpickle.c (opcodes, stack, memo), unpickle_scalar.c (numbers and strings)
 * and unpickle_class.c (what classes become). Not for anybody else.
 */
#ifndef AIRSHIFT_PICKLE_UNPICKLE_MACHINE_H
#define AIRSHIFT_PICKLE_UNPICKLE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pickle/pickle_value.h"
#include "pickle/unpickle.h"

struct unpickle_machine {
    const unsigned char *at;
    const unsigned char *end;
    size_t size;
    size_t operations_left;
    int protocol;
    struct pickle_heap heap;
    uint32_t *stack;
    size_t depth;
    size_t stack_capacity;
    size_t *marks; /* stack depths */
    size_t mark_count;
    size_t mark_capacity;
    size_t fence;   /* the last mark: what is below cannot be popped */
    uint32_t *memo; /* number + 1; 0 is "not set" */
    size_t memo_capacity;
    size_t memo_count;
    struct unpickle_result *result;
};

/* These fill the result and evaluate to -1: not convertible, over a limit, broken. */
int unpickle_refuse(struct unpickle_machine *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int unpickle_refuse_limit(struct unpickle_machine *m, const char *reason);
int unpickle_refuse_broken(struct unpickle_machine *m);

/* Takes `operations` from what is left; -1 where that is not enough. */
int unpickle_charge(struct unpickle_machine *m, uint64_t operations);

/* Reading: little-endian numbers, runs of bytes (borrowed), lines without the newline.
 */
int unpickle_read_bytes(struct unpickle_machine *m, uint64_t size,
                        const unsigned char **bytes);
int unpickle_read_unsigned(struct unpickle_machine *m, size_t width, uint64_t *number);
int unpickle_read_counted(struct unpickle_machine *m, size_t width, bool is_signed,
                          const unsigned char **bytes, size_t *size);
int unpickle_read_line(struct unpickle_machine *m, const char **line, size_t *length);

/* Pushing: a value that exists, or a new one. */
void unpickle_push(struct unpickle_machine *m, uint32_t number);
void unpickle_push_integer(struct unpickle_machine *m, enum pickle_kind kind,
                           int64_t integer);
void unpickle_push_text(struct unpickle_machine *m, enum pickle_kind kind,
                        const void *bytes, size_t size);

/* Whether the text is decimal digits only, and at least one. */
bool unpickle_is_decimal(const char *text, size_t length);

/* unpickle_scalar.c: one opcode each; `width` is the size of its number or count. */
int unpickle_load_int(struct unpickle_machine *m);
int unpickle_load_long(struct unpickle_machine *m);
int unpickle_load_binary_int(struct unpickle_machine *m, size_t width);
int unpickle_load_binary_long(struct unpickle_machine *m, size_t width);
int unpickle_load_float(struct unpickle_machine *m);
int unpickle_load_binary_float(struct unpickle_machine *m);
int unpickle_load_utf8(struct unpickle_machine *m, size_t width);
int unpickle_load_ascii(struct unpickle_machine *m, size_t width);
int unpickle_load_string(struct unpickle_machine *m);
int unpickle_load_unicode(struct unpickle_machine *m);

/* unpickle_class.c: pushes the class of that name, or what class(*tuple) makes. */
int unpickle_push_class(struct unpickle_machine *m, const char *module,
                        size_t module_size, const char *name, size_t name_size);
int unpickle_call_class(struct unpickle_machine *m, uint32_t class, uint32_t tuple);

#endif
