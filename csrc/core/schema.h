/* schema.h: the row types of the generated tables: every operation, model,
 * enum, union and error class of the interface, as small integers and
 * offsets into one string pool. Rows hold no pointers, so that loading the
 * library relocates nothing. All tables are const and live for ever. */
#ifndef CK_SCHEMA_H
#define CK_SCHEMA_H

#include <stdint.h>

/* Offset into ck_strings; 0 is the empty string and means "none" where a
 * name is optional. */
typedef uint32_t ck_text;

enum { CK_NO_ROW = 0xFFFF };

enum ck_kind {
    CK_ANY,
    CK_STR,
    CK_INT,
    CK_FLOAT,
    CK_BOOL,
    CK_DATETIME,
    CK_DATE,
    CK_CONST,  /* ref: value row that the value must equal */
    CK_ENUM,   /* ref: enum row */
    CK_MODEL,  /* ref: model row */
    CK_UNION,  /* ref: union row */
    CK_LIST,   /* ref: type row of the elements */
    CK_DICT,   /* ref: type row of the values; keys are text */
    CK_CONTENT /* content of an upload: bytes or a readable object */
};

enum {
    CK_TYPE_NULLABLE = 1,  /* None is a value */
    CK_TYPE_UNSETTABLE = 2 /* UNSET is a value (OptionalNullable) */
};

/* Type row i, for each model row i, is that model itself, neither nullable
 * nor unsettable. */
struct ck_type {
    uint8_t kind;
    uint8_t flags;
    uint16_t ref;
};

/* A constant: a default, a literal, a member's value. */
enum ck_value_kind {
    CK_VALUE_NONE,
    CK_VALUE_UNSET,
    CK_VALUE_FALSE,
    CK_VALUE_TRUE,
    CK_VALUE_INT,    /* number */
    CK_VALUE_FLOAT,  /* text: decimal digits as written */
    CK_VALUE_STR,    /* text */
    CK_VALUE_MEMBER, /* ref: enum row, number: index of the member in it */
    CK_VALUE_MODEL   /* ref: model row; an instance made of defaults alone */
};

struct ck_value {
    uint8_t kind;
    uint16_t ref;
    int32_t number;
    ck_text text;
};

/* Where a field or parameter goes in the request. */
enum ck_place {
    CK_PLACE_NONE, /* a plain model field */
    CK_PLACE_PATH,
    CK_PLACE_QUERY,
    CK_PLACE_HEADER,
    CK_PLACE_BODY,       /* the whole body */
    CK_PLACE_BODY_FIELD, /* a parameter that is one field of the body model;
                            ref names the field row */
    CK_PLACE_REQUEST,    /* the parameter `request`: model, dict or list; its
                            fields carry their own places, and when none
                            does it is the body itself */
    CK_PLACE_PART,       /* multipart: text part */
    CK_PLACE_PART_FILE,  /* multipart: a file model */
    CK_PLACE_FILE_NAME,  /* inside a file model */
    CK_PLACE_FILE_CONTENT,
    CK_PLACE_FILE_TYPE,
    CK_PLACE_SECURITY
};

enum {
    CK_FIELD_REQUIRED = 1,
    CK_FIELD_DEPRECATED = 2,
    CK_FIELD_OPTIONAL = 4,  /* in the serializer's optional_fields */
    CK_FIELD_KEEP_NULL = 8, /* in the serializer's nullable_fields */
    CK_FIELD_EXPLODE = 16   /* list in a query: the key is repeated */
};

/* A model's field or an operation's parameter. */
struct ck_field {
    ck_text name;
    ck_text alias; /* name on the wire; equals name where there is none */
    uint16_t type;
    uint16_t value; /* default: value row; CK_NO_ROW when required */
    uint16_t ref;   /* see CK_PLACE_BODY_FIELD; else CK_NO_ROW */
    uint8_t flags;
    uint8_t place;
};

enum {
    CK_MODEL_SERIALIZER = 1,   /* dumps by the SDK's rules, not plain ones */
    CK_MODEL_EXTRA = 2,        /* keeps unknown members */
    CK_MODEL_PLAIN_HIDDEN = 4, /* not exported by `models` */
    CK_MODEL_DEPRECATED = 8    /* making an instance warns */
};

struct ck_model {
    ck_text name;
    ck_text module; /* last part of the module's name, e.g. "user" */
    uint16_t first_field;
    uint16_t field_count;
    uint16_t flags;
};

enum { CK_ENUM_OPEN = 1, CK_ENUM_INT = 2 };

struct ck_enum {
    ck_text name;
    ck_text module;
    uint16_t first_member;
    uint16_t member_count;
    uint16_t flags;
};

struct ck_member {
    ck_text name;
    ck_text text;   /* the value, for text enums */
    int32_t number; /* the value, for integer enums */
};

struct ck_union {
    ck_text name; /* "" when the union has no public name */
    ck_text module;
    ck_text discriminator; /* wire name of the tag; "" without one */
    uint16_t first_variant;
    uint16_t variant_count;
    uint16_t open; /* 1: an unknown tag is kept (Unknown... class) */
};

struct ck_variant {
    uint16_t type;
    ck_text tag;
};

struct ck_error_class {
    ck_text name;
    ck_text module;
    uint16_t data_model; /* model row of `.data` */
};

struct ck_group {
    ck_text attribute; /* Clerk.<attribute> */
    ck_text class_name;
    ck_text module;
    uint16_t first_operation;
    uint16_t operation_count;
};

enum ck_body_kind { CK_BODY_NONE, CK_BODY_JSON, CK_BODY_MULTIPART };

enum {
    CK_OP_DEPRECATED = 1,
    CK_OP_NO_AUTH = 2,
    CK_OP_BODY_REQUIRED = 4,    /* ValueError when the body is missing */
    CK_OP_BODY_NULL_OMITTED = 8 /* no body and no content-type for None */
};

struct ck_operation {
    ck_text name;
    ck_text method;
    ck_text path; /* with {wire_name} place holders */
    ck_text operation_id;
    ck_text accept;
    uint16_t group;
    uint16_t first_param; /* into ck_params, in signature order */
    uint16_t param_count;
    uint16_t request_model; /* the models.*Request row, or CK_NO_ROW */
    uint16_t body_type;     /* type row of the body, or CK_NO_ROW */
    uint16_t first_response;
    uint16_t response_count;
    uint16_t result_type; /* type row of the success value, or CK_NO_ROW */
    uint16_t first_tag;   /* into ck_tags */
    uint8_t tag_count;
    uint8_t body_kind;
    uint8_t flags;
};

enum ck_outcome {
    CK_RETURN_JSON, /* ref: type row */
    CK_RETURN_NONE,
    CK_RAISE_CLASS, /* ref: error class row */
    CK_RAISE_SDK    /* SDKError "API error occurred" */
};

struct ck_response_row {
    uint16_t status; /* 200..599, or 4 or 5 for a whole class */
    uint16_t ref;
    uint8_t outcome;
    uint8_t any_content; /* 1: any content type; 0: application/json */
};

extern const char ck_strings[];
extern const struct ck_type ck_types[];
extern const struct ck_value ck_values[];
extern const struct ck_field ck_fields[]; /* of models */
extern const struct ck_model ck_models[];
extern const struct ck_member ck_members[];
extern const struct ck_enum ck_enums[];
extern const struct ck_variant ck_variants[];
extern const struct ck_union ck_unions[];
extern const struct ck_error_class ck_error_classes[];
extern const struct ck_field ck_params[]; /* of operations */
extern const struct ck_response_row ck_responses[];
extern const ck_text ck_tags[];
extern const struct ck_operation ck_operations[];
extern const struct ck_group ck_groups[];

/* Counts of the rows above, and names in alphabetical order for look-up by
 * bisection: each entry is (kind, row). */
enum ck_name_kind {
    CK_NAME_MODEL,
    CK_NAME_ENUM,
    CK_NAME_UNION,
    CK_NAME_ERROR,
    CK_NAME_TYPED_DICT,      /* row: the model row it mirrors */
    CK_NAME_TYPED_DICT_UNION /* row: the union row it mirrors */
};

struct ck_name {
    ck_text name;
    uint16_t kind;
    uint16_t row;
};

extern const struct ck_name ck_names[]; /* what `models` exports, sorted */

struct ck_counts {
    uint16_t types, values, fields, models, members, enums, variants, unions,
        error_classes, params, responses, tags, operations, groups, names;
};

extern const struct ck_counts ck_counts;

static inline const char *
ck_text_of(ck_text offset)
{
    return ck_strings + offset;
}

#endif
