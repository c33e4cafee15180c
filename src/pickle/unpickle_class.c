/* SPDX-License-Identifier: Apache-2.0
 *
 * unpickle_class.c - the classes airshift knows by name, and what calling them makes.
 * Nothing is imported: an unknown name ends the conversion.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pickle/unpickle_machine.h"

/* What calling a class makes. */
enum class_id {
    CLASS_DICT_LIKE, /* OrderedDict and Counter: dict with a __dict__ */
    CLASS_DEFAULTDICT,
    CLASS_DEQUE,
    CLASS_RANGE,
    CLASS_STRING_ENUM, /* class (str, Enum): json.dumps writes the value */
    CLASS_TYPE,        /* may stand around, as the factory of a defaultdict */
    CLASS_BYTES_MAKER,
    CLASS_SET_MAKER,
};

static const struct known_class {
    const char *module;
    const char *name;
    enum class_id id;
} known_classes[] = {
    {"collections", "OrderedDict", CLASS_DICT_LIKE},
    {"collections", "Counter", CLASS_DICT_LIKE},
    {"collections", "defaultdict", CLASS_DEFAULTDICT},
    {"collections", "deque", CLASS_DEQUE},
    {"builtins", "range", CLASS_RANGE},
    {"builtins", "list", CLASS_TYPE},
    {"builtins", "dict", CLASS_TYPE},
    {"builtins", "tuple", CLASS_TYPE},
    {"builtins", "int", CLASS_TYPE},
    {"builtins", "float", CLASS_TYPE},
    {"builtins", "bool", CLASS_TYPE},
    {"builtins", "str", CLASS_TYPE},
    {"builtins", "bytes", CLASS_BYTES_MAKER},
    {"builtins", "bytearray", CLASS_BYTES_MAKER},
    {"_codecs", "encode", CLASS_BYTES_MAKER},
    {"builtins", "set", CLASS_SET_MAKER},
    {"builtins", "frozenset", CLASS_SET_MAKER},
    {"airflow.utils.state", "DagRunState", CLASS_STRING_ENUM},
    {"airflow.utils.state", "TaskInstanceState", CLASS_STRING_ENUM},
    {"airflow.utils.state", "IntermediateTIState", CLASS_STRING_ENUM},
    {"airflow.utils.state", "TerminalTIState", CLASS_STRING_ENUM},
    {"airflow.utils.state", "JobState", CLASS_STRING_ENUM},
    {"airflow.utils.types", "DagRunType", CLASS_STRING_ENUM},
    {"airflow.utils.trigger_rule", "TriggerRule", CLASS_STRING_ENUM},
    {"airflow.utils.weight_rule", "WeightRule", CLASS_STRING_ENUM},
};

/* Python 2's __builtin__, which Python 3 also writes up to protocol 2. */
static const struct old_name {
    const char *old_name;
    const char *name;
} old_names[] = {
    {"xrange", "range"},
    {"long", "int"},
    {"unicode", "str"},
    {"basestring", "str"},
};

static bool text_is(const char *text, size_t size, const char *expected)
{
    return strlen(expected) == size && memcmp(text, expected, size) == 0;
}

/* "module.name", cut and without anything but printable ASCII, for the reason. */
static void name_class(char *into, size_t into_size, const char *module,
                       size_t module_size, const char *name, size_t name_size)
{
    int module_length = module_size < 80 ? (int)module_size : 80;
    int name_length = name_size < 60 ? (int)name_size : 60;

    (void)snprintf(into, into_size, "%.*s.%.*s", module_length, module, name_length,
                   name);
    for (char *at = into; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~')
            *at = '?';
    }
}

int unpickle_push_class(struct unpickle_machine *m, const char *module,
                        size_t module_size, const char *name, size_t name_size)
{
    char class_name[160];

    if (m->protocol < 3 && text_is(module, module_size, "__builtin__")) {
        module = "builtins";
        module_size = strlen(module);
        for (size_t i = 0; i < sizeof(old_names) / sizeof(old_names[0]); i++) {
            if (text_is(name, name_size, old_names[i].old_name)) {
                name = old_names[i].name;
                name_size = strlen(name);
            }
        }
    }
    for (size_t i = 0; i < sizeof(known_classes) / sizeof(known_classes[0]); i++) {
        const struct known_class *known = &known_classes[i];

        if (text_is(module, module_size, known->module) &&
            text_is(name, name_size, known->name)) {
            unpickle_push_integer(m, PICKLE_CLASS, known->id);
            return 0;
        }
    }
    name_class(class_name, sizeof(class_name), module, module_size, name, name_size);
    return unpickle_refuse(m, "it holds a %s", class_name);
}

/* dict.update(source), source being a dict or a sequence of pairs. */
static int fill_dict(struct unpickle_machine *m, uint32_t dict, uint32_t source)
{
    struct pickle_value *values = m->heap.values;
    const struct pickle_value *from = &values[source];
    uint32_t count;

    if (from->kind != PICKLE_DICT && from->kind != PICKLE_LIST &&
        from->kind != PICKLE_TUPLE)
        return unpickle_refuse_broken(m);
    count = from->as.items.count;
    if (unpickle_charge(m, count) != 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const struct pickle_value *pair = &values[from->as.items.numbers[i]];

        if (from->kind == PICKLE_DICT) {
            pickle_items_add(&values[dict], from->as.items.numbers[i]);
            continue;
        }
        if ((pair->kind != PICKLE_LIST && pair->kind != PICKLE_TUPLE) ||
            pair->as.items.count != 2)
            return unpickle_refuse_broken(m);
        pickle_items_add(&values[dict], pair->as.items.numbers[0]);
        pickle_items_add(&values[dict], pair->as.items.numbers[1]);
    }
    return 0;
}

/* A dict subclass made of the last `count` arguments (0 or 1) at `arguments`. */
static int push_dict(struct unpickle_machine *m, const uint32_t *arguments,
                     uint32_t count, bool has_attributes)
{
    uint32_t dict = pickle_heap_add(&m->heap, PICKLE_DICT);

    m->heap.values[dict].has_attributes = has_attributes;
    if (count > 1)
        return unpickle_refuse_broken(m);
    if (count == 1 && fill_dict(m, dict, arguments[0]) != 0)
        return -1;
    unpickle_push(m, dict);
    return 0;
}

static int push_defaultdict(struct unpickle_machine *m, const uint32_t *arguments,
                            uint32_t count)
{
    if (count > 0) {
        enum pickle_kind factory = m->heap.values[arguments[0]].kind;

        if (factory != PICKLE_NONE && factory != PICKLE_CLASS)
            return unpickle_refuse_broken(m);
        arguments++;
        count--;
    }
    return push_dict(m, arguments, count, false);
}

/* The second argument, the maximum length, is met by whatever a pickler writes. */
static int push_deque(struct unpickle_machine *m, const uint32_t *arguments,
                      uint32_t count)
{
    uint32_t list = pickle_heap_add(&m->heap, PICKLE_LIST);

    if (count > 2)
        return unpickle_refuse_broken(m);
    if (count > 0) {
        const struct pickle_value *from = &m->heap.values[arguments[0]];

        if (from->kind != PICKLE_LIST && from->kind != PICKLE_TUPLE)
            return unpickle_refuse_broken(m);
        if (unpickle_charge(m, from->as.items.count) != 0)
            return -1;
        for (uint32_t i = 0; i < from->as.items.count; i++)
            pickle_items_add(&m->heap.values[list], from->as.items.numbers[i]);
    }
    unpickle_push(m, list);
    return 0;
}

static int push_range(struct unpickle_machine *m, const uint32_t *arguments,
                      uint32_t count)
{
    int64_t bounds[3] = {0, 0, 1}; /* start, stop, step */
    uint64_t distance = 0;
    uint64_t stride;
    uint32_t list;

    if (count < 1 || count > 3)
        return unpickle_refuse_broken(m);
    for (uint32_t i = 0; i < count; i++) {
        const struct pickle_value *bound = &m->heap.values[arguments[i]];

        if (bound->kind == PICKLE_BIG_INT)
            return unpickle_refuse_limit(m,
                                         "it holds a range with bounds beyond 64 bits");
        if (bound->kind != PICKLE_INT && bound->kind != PICKLE_BOOL)
            return unpickle_refuse_broken(m);
        bounds[count == 1 ? 1 : i] = bound->as.integer;
    }
    if (bounds[2] == 0)
        return unpickle_refuse_broken(m);
    stride = bounds[2] > 0 ? (uint64_t)bounds[2] : 0 - (uint64_t)bounds[2];
    if (bounds[2] > 0 && bounds[0] < bounds[1])
        distance = (uint64_t)bounds[1] - (uint64_t)bounds[0];
    else if (bounds[2] < 0 && bounds[0] > bounds[1])
        distance = (uint64_t)bounds[0] - (uint64_t)bounds[1];
    if (distance > 0)
        distance = (distance - 1) / stride + 1; /* now the number of items */
    if (unpickle_charge(m, distance) != 0)
        return -1;
    list = pickle_heap_add(&m->heap, PICKLE_LIST);
    for (uint64_t i = 0; i < distance; i++) {
        uint64_t offset = i * stride;
        uint64_t item =
            bounds[2] > 0 ? (uint64_t)bounds[0] + offset : (uint64_t)bounds[0] - offset;
        uint32_t number;

        number = pickle_heap_add_integer(&m->heap, PICKLE_INT, (int64_t)item);
        pickle_items_add(&m->heap.values[list], number);
    }
    unpickle_push(m, list);
    return 0;
}

/* Pushes class(*arguments). */
int unpickle_call_class(struct unpickle_machine *m, uint32_t class, uint32_t tuple)
{
    const struct pickle_value *values = m->heap.values;
    const uint32_t *arguments;
    uint32_t count;

    if (values[class].kind != PICKLE_CLASS || values[tuple].kind != PICKLE_TUPLE)
        return unpickle_refuse_broken(m);
    arguments = values[tuple].as.items.numbers;
    count = values[tuple].as.items.count;
    switch ((enum class_id)values[class].as.integer) {
    case CLASS_DICT_LIKE:
        return push_dict(m, arguments, count, true);
    case CLASS_DEFAULTDICT:
        return push_defaultdict(m, arguments, count);
    case CLASS_DEQUE:
        return push_deque(m, arguments, count);
    case CLASS_RANGE:
        return push_range(m, arguments, count);
    case CLASS_STRING_ENUM:
        if (count != 1 || values[arguments[0]].kind != PICKLE_STRING)
            return unpickle_refuse_broken(m);
        unpickle_push(m, arguments[0]);
        return 0;
    case CLASS_TYPE:
        return unpickle_refuse(m, "it holds an object made by a call");
    case CLASS_BYTES_MAKER:
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_BYTES));
        return 0;
    case CLASS_SET_MAKER:
        unpickle_push(m, pickle_heap_add(&m->heap, PICKLE_SET));
        return 0;
    }
    return unpickle_refuse_broken(m);
}
