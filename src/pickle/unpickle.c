/* SPDX-License-Identifier: Apache-2.0
 *
 * unpickle.c - the pickle machine: a stack, marks on it and a memo. It follows
 * CPython's _pickle.c in what it accepts, as far as a pickler can write it; where it
 * does not know, it refuses. It calls nothing: a class is a number out of a table
 * (unpickle_class.c).
 */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "pickle/pickle_value.h"
#include "pickle/unpickle_machine.h"

const struct unpickle_limits unpickle_default_limits = {
    .size = 256u << 20,
    .operations = 8u << 20,
    .depth = 1000,
    .output_size = 256u << 20,
};

int unpickle_refuse(struct unpickle_machine *m, const char *format, ...)
{
    va_list arguments;

    m->result->kind = UNPICKLE_NOT_CONVERTIBLE;
    va_start(arguments, format);
    (void)vsnprintf(m->result->reason, sizeof(m->result->reason), format, arguments);
    va_end(arguments);
    return -1;
}

int unpickle_refuse_limit(struct unpickle_machine *m, const char *reason)
{
    (void)unpickle_refuse(m, "%s", reason);
    m->result->kind = UNPICKLE_LIMIT;
    return -1;
}

int unpickle_refuse_broken(struct unpickle_machine *m)
{
    (void)unpickle_refuse(m, "the pickle is broken near byte %zu",
                          m->size - (size_t)(m->end - m->at));
    return -1;
}

/* Memo numbers beyond the size of the pickle are odd; a few do not hurt. */
#define MEMO_SLACK 4096

static int refuse_truncated(struct unpickle_machine *m)
{
    (void)unpickle_refuse(m, "the pickle is truncated");
    return -1;
}

int unpickle_charge(struct unpickle_machine *m, uint64_t operations)
{
    if (operations > m->operations_left) {
        return unpickle_refuse_limit(m, "it has more operations than airshift's limit");
    }
    m->operations_left -= (size_t)operations;
    return 0;
}

/* reading */

int unpickle_read_bytes(struct unpickle_machine *m, uint64_t size,
                        const unsigned char **bytes)
{
    if (size > (uint64_t)(m->end - m->at))
        return refuse_truncated(m);
    *bytes = m->at;
    m->at += size;
    return 0;
}

int unpickle_read_unsigned(struct unpickle_machine *m, size_t width, uint64_t *number)
{
    const unsigned char *bytes;

    if (unpickle_read_bytes(m, width, &bytes) != 0)
        return -1;
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number |= (uint64_t)bytes[i] << (8 * i);
    return 0;
}

/* Reads a counted run of bytes. Counts of the older opcodes are signed. */
int unpickle_read_counted(struct unpickle_machine *m, size_t width, bool is_signed,
                          const unsigned char **bytes, size_t *size)
{
    uint64_t count;

    if (unpickle_read_unsigned(m, width, &count) != 0)
        return -1;
    if (is_signed && width == 4 && count > INT32_MAX)
        return unpickle_refuse_broken(m);
    *size = (size_t)count;
    return unpickle_read_bytes(m, count, bytes);
}

int unpickle_read_line(struct unpickle_machine *m, const char **line, size_t *length)
{
    const unsigned char *newline = NULL;

    if (m->at < m->end)
        newline = memchr(m->at, '\n', (size_t)(m->end - m->at));
    if (newline == NULL)
        return refuse_truncated(m);
    *line = (const char *)m->at;
    *length = (size_t)(newline - m->at);
    m->at = newline + 1;
    return 0;
}

/* the stack */

void unpickle_push(struct unpickle_machine *m, uint32_t number)
{
    if (m->depth == m->stack_capacity) {
        m->stack_capacity = m->stack_capacity > 0 ? 2 * m->stack_capacity : 64;
        m->stack = xrealloc(m->stack, m->stack_capacity * sizeof(*m->stack));
    }
    m->stack[m->depth++] = number;
}

static int pop(struct unpickle_machine *m, uint32_t *number)
{
    if (m->depth <= m->fence)
        return unpickle_refuse_broken(m);
    *number = m->stack[--m->depth];
    return 0;
}

static void update_fence(struct unpickle_machine *m)
{
    m->fence = m->mark_count > 0 ? m->marks[m->mark_count - 1] : 0;
}

static void push_mark(struct unpickle_machine *m)
{
    if (m->mark_count == m->mark_capacity) {
        m->mark_capacity = m->mark_capacity > 0 ? 2 * m->mark_capacity : 16;
        m->marks = xrealloc(m->marks, m->mark_capacity * sizeof(*m->marks));
    }
    m->marks[m->mark_count++] = m->depth;
    m->fence = m->depth;
}

/* Takes the last mark away and says where it was. */
static int pop_mark(struct unpickle_machine *m, size_t *mark)
{
    if (m->mark_count == 0)
        return unpickle_refuse_broken(m);
    *mark = m->marks[--m->mark_count];
    update_fence(m);
    return 0;
}

void unpickle_push_integer(struct unpickle_machine *m, enum pickle_kind kind,
                           int64_t integer)
{
    unpickle_push(m, pickle_heap_add_integer(&m->heap, kind, integer));
}

void unpickle_push_text(struct unpickle_machine *m, enum pickle_kind kind,
                        const void *bytes, size_t size)
{
    uint32_t number = pickle_heap_add(&m->heap, kind);

    m->heap.values[number].as.text.bytes = bytes;
    m->heap.values[number].as.text.size = size;
    unpickle_push(m, number);
}

/* A new list, tuple or dict of everything above `mark`, in place of it. */
static void collect(struct unpickle_machine *m, enum pickle_kind kind, size_t mark)
{
    uint32_t number = pickle_heap_add(&m->heap, kind);

    for (size_t i = mark; i < m->depth; i++)
        pickle_items_add(&m->heap.values[number], m->stack[i]);
    m->depth = mark;
    unpickle_push(m, number);
}

static int collect_marked(struct unpickle_machine *m, enum pickle_kind kind)
{
    size_t mark;

    if (pop_mark(m, &mark) != 0)
        return -1;
    if (kind == PICKLE_DICT && (m->depth - mark) % 2 != 0)
        return unpickle_refuse_broken(m);
    collect(m, kind, mark);
    return 0;
}

static int collect_counted(struct unpickle_machine *m, size_t count)
{
    if (m->depth - m->fence < count)
        return unpickle_refuse_broken(m);
    collect(m, PICKLE_TUPLE, m->depth - count);
    return 0;
}

static int load_bytes(struct unpickle_machine *m, size_t width)
{
    const unsigned char *bytes;
    size_t size;

    if (unpickle_read_counted(m, width, false, &bytes, &size) != 0)
        return -1;
    unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_BYTES));
    return 0;
}

/* containers */

/* APPEND and APPENDS: everything above `start` goes to the list below it. */
static int append_from(struct unpickle_machine *m, size_t start)
{
    struct pickle_value *list;

    if (start > m->depth || start <= m->fence)
        return unpickle_refuse_broken(m);
    if (start == m->depth)
        return 0;
    list = &m->heap.values[m->stack[start - 1]];
    if (list->kind != PICKLE_LIST)
        return unpickle_refuse_broken(m);
    for (size_t i = start; i < m->depth; i++)
        pickle_items_add(list, m->stack[i]);
    m->depth = start;
    return 0;
}

static int set_items_from(struct unpickle_machine *m, size_t start)
{
    struct pickle_value *dict;

    if (start > m->depth || start <= m->fence)
        return unpickle_refuse_broken(m);
    if (start == m->depth)
        return 0;
    dict = &m->heap.values[m->stack[start - 1]];
    if (dict->kind != PICKLE_DICT || (m->depth - start) % 2 != 0)
        return unpickle_refuse_broken(m);
    for (size_t i = start; i < m->depth; i++)
        pickle_items_add(dict, m->stack[i]);
    m->depth = start;
    return 0;
}

static int load_append(struct unpickle_machine *m)
{
    return m->depth > 0 ? append_from(m, m->depth - 1) : unpickle_refuse_broken(m);
}

static int load_appends(struct unpickle_machine *m)
{
    size_t mark;

    return pop_mark(m, &mark) == 0 ? append_from(m, mark) : -1;
}

static int load_set_item(struct unpickle_machine *m)
{
    return m->depth > 1 ? set_items_from(m, m->depth - 2) : unpickle_refuse_broken(m);
}

static int load_set_items(struct unpickle_machine *m)
{
    size_t mark;

    return pop_mark(m, &mark) == 0 ? set_items_from(m, mark) : -1;
}

static int load_add_items(struct unpickle_machine *m)
{
    size_t mark;

    if (pop_mark(m, &mark) != 0)
        return -1;
    if (mark > m->depth || mark <= m->fence)
        return unpickle_refuse_broken(m);
    if (mark < m->depth && m->heap.values[m->stack[mark - 1]].kind != PICKLE_SET)
        return unpickle_refuse_broken(m);
    m->depth = mark;
    return 0;
}

static int load_frozenset(struct unpickle_machine *m)
{
    size_t mark;

    if (pop_mark(m, &mark) != 0)
        return -1;
    m->depth = mark;
    unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_SET));
    return 0;
}

static int load_pop(struct unpickle_machine *m)
{
    uint32_t number;

    if (m->mark_count > 0 && m->marks[m->mark_count - 1] == m->depth) {
        m->mark_count--;
        update_fence(m);
        return 0;
    }
    return pop(m, &number);
}

static int load_pop_mark(struct unpickle_machine *m)
{
    size_t mark;

    if (pop_mark(m, &mark) != 0)
        return -1;
    m->depth = mark;
    return 0;
}

static int load_dup(struct unpickle_machine *m)
{
    if (m->depth <= m->fence)
        return unpickle_refuse_broken(m);
    unpickle_push(m, m->stack[m->depth - 1]);
    return 0;
}

/* the memo */

static int memo_put(struct unpickle_machine *m, uint64_t index)
{
    if (m->depth <= m->fence)
        return unpickle_refuse_broken(m);
    /* picklers count from 0, and each put takes at least a byte */
    if (index >= m->size + MEMO_SLACK)
        return unpickle_refuse_limit(m, "it has a larger memo than airshift's limit");
    if (index >= m->memo_capacity) {
        size_t capacity = m->memo_capacity > 0 ? 2 * m->memo_capacity : 32;

        if (capacity <= index)
            capacity = (size_t)index + 1;
        m->memo = xrealloc(m->memo, capacity * sizeof(*m->memo));
        memset(m->memo + m->memo_capacity, 0,
               (capacity - m->memo_capacity) * sizeof(*m->memo));
        m->memo_capacity = capacity;
    }
    if (m->memo[index] == 0)
        m->memo_count++;
    m->memo[index] = m->stack[m->depth - 1] + 1;
    return 0;
}

static int memo_get(struct unpickle_machine *m, uint64_t index)
{
    if (index >= m->memo_capacity || m->memo[index] == 0)
        return unpickle_refuse_broken(m);
    unpickle_push(m, m->memo[index] - 1);
    return 0;
}

/* PUT and GET (width 0) have a decimal line, the others a number of `width` bytes. */
static int read_memo_index(struct unpickle_machine *m, size_t width, uint64_t *index)
{
    const char *text;
    size_t length;

    if (width > 0)
        return unpickle_read_unsigned(m, width, index);
    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    if (!unpickle_is_decimal(text, length) || length > 18)
        return unpickle_refuse_broken(m);
    *index = 0;
    for (size_t i = 0; i < length; i++)
        *index = 10 * *index + (uint64_t)(text[i] - '0');
    return 0;
}

static int load_put(struct unpickle_machine *m, size_t width)
{
    uint64_t index;

    return read_memo_index(m, width, &index) == 0 ? memo_put(m, index) : -1;
}

static int load_get(struct unpickle_machine *m, size_t width)
{
    uint64_t index;

    return read_memo_index(m, width, &index) == 0 ? memo_get(m, index) : -1;
}

/* classes */

static int load_global(struct unpickle_machine *m)
{
    const char *module;
    const char *name;
    size_t module_size;
    size_t name_size;

    if (unpickle_read_line(m, &module, &module_size) != 0 ||
        unpickle_read_line(m, &name, &name_size) != 0)
        return -1;
    return unpickle_push_class(m, module, module_size, name, name_size);
}

static int load_stack_global(struct unpickle_machine *m)
{
    uint32_t module;
    uint32_t name;
    const struct pickle_value *values;

    if (pop(m, &name) != 0 || pop(m, &module) != 0)
        return -1;
    values = m->heap.values;
    if (values[module].kind != PICKLE_STRING || values[name].kind != PICKLE_STRING)
        return unpickle_refuse_broken(m);
    return unpickle_push_class(m, values[module].as.text.bytes,
                               values[module].as.text.size, values[name].as.text.bytes,
                               values[name].as.text.size);
}

static int load_reduce(struct unpickle_machine *m)
{
    uint32_t class;
    uint32_t tuple;

    if (pop(m, &tuple) != 0 || pop(m, &class) != 0)
        return -1;
    return unpickle_call_class(m, class, tuple);
}

/* NEWOBJ: class.__new__(class, *arguments); only the empty ones are the same as a call.
 */
static int load_new_object(struct unpickle_machine *m)
{
    uint32_t class;
    uint32_t tuple;

    if (pop(m, &tuple) != 0 || pop(m, &class) != 0)
        return -1;
    if (m->heap.values[tuple].kind != PICKLE_TUPLE ||
        m->heap.values[tuple].as.items.count != 0)
        return unpickle_refuse(m, "it holds an object made by a call");
    return unpickle_call_class(m, class, tuple);
}

/* Calls the class with everything above the mark; OBJ has the class there, too. */
static int load_instance(struct unpickle_machine *m, bool has_names)
{
    size_t mark;
    uint32_t class;
    uint32_t tuple;

    if (pop_mark(m, &mark) != 0)
        return -1;
    if (has_names) {
        if (load_global(m) != 0 || pop(m, &class) != 0)
            return -1;
        collect(m, PICKLE_TUPLE, mark);
    } else {
        if (m->depth - mark < 1)
            return unpickle_refuse_broken(m);
        class = m->stack[mark];
        collect(m, PICKLE_TUPLE, mark + 1);
        m->stack[mark] = m->stack[mark + 1];
        m->depth = mark + 1;
    }
    tuple = m->stack[--m->depth];
    return unpickle_call_class(m, class, tuple);
}

/* BUILD sets attributes, which JSON does not show; only some values can have them. */
static int load_build(struct unpickle_machine *m)
{
    uint32_t state;
    const struct pickle_value *values = m->heap.values;

    if (m->depth < m->fence + 2 || pop(m, &state) != 0)
        return unpickle_refuse_broken(m);
    if (!values[m->stack[m->depth - 1]].has_attributes)
        return unpickle_refuse_broken(m);
    if (values[state].kind != PICKLE_DICT && values[state].kind != PICKLE_NONE)
        return unpickle_refuse_broken(m);
    return 0;
}

/* framing */

static int load_protocol(struct unpickle_machine *m)
{
    uint64_t protocol;

    if (unpickle_read_unsigned(m, 1, &protocol) != 0)
        return -1;
    if (protocol > 5)
        return unpickle_refuse(m, "it is a pickle of protocol %u",
                               (unsigned int)protocol);
    m->protocol = (int)protocol;
    return 0;
}

static int load_frame(struct unpickle_machine *m)
{
    uint64_t size;

    if (unpickle_read_unsigned(m, 8, &size) != 0)
        return -1;
    return size > (uint64_t)(m->end - m->at) ? refuse_truncated(m) : 0;
}

/* One opcode; the letters are those of Python's pickletools. */
static int run_opcode(struct unpickle_machine *m, unsigned char opcode)
{
    switch (opcode) {
    case 0x80:
        return load_protocol(m);
    case 0x95:
        return load_frame(m);
    case '(':
        push_mark(m);
        return 0;
    case '0':
        return load_pop(m);
    case '1':
        return load_pop_mark(m);
    case '2':
        return load_dup(m);
    case 'N':
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_NONE));
        return 0;
    case 0x88:
    case 0x89:
        unpickle_push_integer(m, PICKLE_BOOL, opcode == 0x88);
        return 0;
    case 'I':
        return unpickle_load_int(m);
    case 'L':
        return unpickle_load_long(m);
    case 'J':
        return unpickle_load_binary_int(m, 4);
    case 'K':
        return unpickle_load_binary_int(m, 1);
    case 'M':
        return unpickle_load_binary_int(m, 2);
    case 0x8a:
        return unpickle_load_binary_long(m, 1);
    case 0x8b:
        return unpickle_load_binary_long(m, 4);
    case 'F':
        return unpickle_load_float(m);
    case 'G':
        return unpickle_load_binary_float(m);
    case 'S':
        return unpickle_load_string(m);
    case 'T':
        return unpickle_load_ascii(m, 4);
    case 'U':
        return unpickle_load_ascii(m, 1);
    case 'V':
        return unpickle_load_unicode(m);
    case 'X':
        return unpickle_load_utf8(m, 4);
    case 0x8c:
        return unpickle_load_utf8(m, 1);
    case 0x8d:
        return unpickle_load_utf8(m, 8);
    case 'B':
        return load_bytes(m, 4);
    case 'C':
        return load_bytes(m, 1);
    case 0x8e:
    case 0x96:
        return load_bytes(m, 8);
    case ']':
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_LIST));
        return 0;
    case '}':
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_DICT));
        return 0;
    case ')':
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_TUPLE));
        return 0;
    case 0x8f:
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_SET));
        return 0;
    case 'l':
        return collect_marked(m, PICKLE_LIST);
    case 'd':
        return collect_marked(m, PICKLE_DICT);
    case 't':
        return collect_marked(m, PICKLE_TUPLE);
    case 0x85:
    case 0x86:
    case 0x87:
        return collect_counted(m, opcode - 0x84u);
    case 'a':
        return load_append(m);
    case 'e':
        return load_appends(m);
    case 's':
        return load_set_item(m);
    case 'u':
        return load_set_items(m);
    case 0x90:
        return load_add_items(m);
    case 0x91:
        return load_frozenset(m);
    case 'p':
        return load_put(m, 0);
    case 'q':
        return load_put(m, 1);
    case 'r':
        return load_put(m, 4);
    case 0x94:
        return memo_put(m, m->memo_count);
    case 'g':
        return load_get(m, 0);
    case 'h':
        return load_get(m, 1);
    case 'j':
        return load_get(m, 4);
    case 'c':
        return load_global(m);
    case 0x93:
        return load_stack_global(m);
    case 'R':
        return load_reduce(m);
    case 0x81:
        return load_new_object(m);
    case 'i':
        return load_instance(m, true);
    case 'o':
        return load_instance(m, false);
    case 'b':
        return load_build(m);
    case 'P':
    case 'Q':
        return unpickle_refuse(m, "it holds a persistent reference");
    case 0x82:
    case 0x83:
    case 0x84:
        return unpickle_refuse(m, "it holds an object of the extension registry");
    case 0x92:
        return unpickle_refuse(m, "it holds an object made by a call");
    case 0x97:
    case 0x98:
        return unpickle_refuse(m, "it holds a buffer outside of the pickle");
    default:
        return unpickle_refuse_broken(m);
    }
}

static int run(struct unpickle_machine *m, uint32_t *number)
{
    for (;;) {
        unsigned char opcode;

        if (m->at == m->end)
            return refuse_truncated(m);
        if (unpickle_charge(m, 1) != 0)
            return -1;
        opcode = *m->at++;
        if (opcode == '.')
            return pop(m, number);
        if (run_opcode(m, opcode) != 0)
            return -1;
    }
}

static void write_result(struct unpickle_machine *m, uint32_t number,
                         const struct unpickle_limits *limits, struct strbuf *json)
{
    const struct pickle_write_limits write_limits = {limits->depth,
                                                     limits->output_size};
    struct strbuf text = STRBUF_INIT;
    const char *reason;

    switch (pickle_write_json(&m->heap, number, &write_limits, &text, &reason)) {
    case PICKLE_WRITE_DONE:
        m->result->kind = UNPICKLE_CONVERTED;
        break;
    case PICKLE_WRITE_LONE_SURROGATE:
        (void)unpickle_refuse(m, "%s", reason);
        m->result->kind = UNPICKLE_LONE_SURROGATE;
        break;
    case PICKLE_WRITE_REFUSED:
        (void)unpickle_refuse(m, "%s", reason);
        strbuf_clear(&text);
        return;
    case PICKLE_WRITE_LIMIT:
        (void)unpickle_refuse_limit(m, reason);
        strbuf_clear(&text);
        return;
    }
    strbuf_add(json, strbuf_text(&text), text.length);
    strbuf_clear(&text);
}

enum unpickle_kind unpickle_to_json(const void *bytes, size_t size,
                                    const struct unpickle_limits *limits,
                                    struct strbuf *json, struct unpickle_result *result)
{
    struct unpickle_machine m = {.size = size, .result = result};
    uint32_t number = 0;

    memset(result, 0, sizeof(*result));
    if (limits == NULL)
        limits = &unpickle_default_limits;
    if (size == 0) {
        (void)unpickle_refuse(&m, "the value is empty");
        return result->kind;
    }
    if (size > limits->size || size > UINT32_MAX) {
        (void)unpickle_refuse_limit(&m, "the pickle is larger than airshift's limit");
        return result->kind;
    }
    m.at = bytes;
    m.end = m.at + size;
    m.operations_left = limits->operations;
    if (run(&m, &number) == 0)
        write_result(&m, number, limits, json);
    pickle_heap_clear(&m.heap);
    free(m.stack);
    free(m.marks);
    free(m.memo);
    return result->kind;
}

bool unpickle_is_skipped_by_airflow(const void *bytes, size_t size)
{
    return size == 5 && memcmp(bytes, "\x80\x05}\x94.", 5) == 0;
}
