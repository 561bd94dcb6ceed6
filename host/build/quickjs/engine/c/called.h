/* What a call calls, as the source has it: for the words of the error when it is no function. For quickjs.c, which includes it
   (see quickjs.patch). */

/* Room for a name, with its end. What is longer is no name that anybody reads. */
#define CALLED_NAME 64

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/* Where the place is that the running function has come to, in its own source, or NULL if there is no source. */
static const char *called_place(JSContext *ctx, const char **start, const char **end)
{
    JSStackFrame *sf = ctx->rt->current_stack_frame;
    JSFunctionBytecode *b;
    const char *at;
    JSObject *p;
    int line, column, here;

    if (!sf || !sf->cur_pc || JS_VALUE_GET_TAG(sf->cur_func) != JS_TAG_OBJECT)
        return NULL;
    p = JS_VALUE_GET_OBJ(sf->cur_func);
    if (!js_class_has_bytecode(p->class_id))
        return NULL;
    b = p->u.func.function_bytecode;
    if (!b->source)
        return NULL;
    line = find_line_num(ctx, b, sf->cur_pc - b->byte_code_buf - 1, &column);
    at = *start = b->source;
    *end = at + b->source_len;
    for (here = b->line_num; here < line && at < *end; at++)
        here += *at == '\n';
    /* The source begins where the function does. */
    column -= line == b->line_num ? b->col_num : 1;
    return here == line && column >= 0 && column < *end - at ? at + column : NULL;
}

/* Whether what begins here may be an argument of another call, whose place this may be as well. */
static bool called_within(const char *start, const char *at)
{
    int closed = 0;

    for (; at > start && at[-1] != ';' && at[-1] != '{' && at[-1] != '}'; at--) {
        if (at[-1] == ')')
            closed++;
        else if (at[-1] == '(' && closed-- == 0)
            return true;
    }
    return false;
}

/* Whether the place is behind the parenthesis of a call by name, `a.b` of `a.b(`, say, which is written to `name`. */
static bool called_name(JSContext *ctx, char name[CALLED_NAME])
{
    const char *start, *end, *first, *last = called_place(ctx, &start, &end);
    size_t length;

    if (!last)
        return false;
    while (last > start && (last[-1] == ' ' || last[-1] == '\n' || last[-1] == '\t'))
        last--;
    if (last == start || *--last != '(')
        return false;
    if (last - start > 2 && last[-1] == '.' && last[-2] == '?')
        last -= 2;
    for (first = last; first > start && (is_of_name(first[-1]) || first[-1] == '.'); first--)
        ;
    length = last - first;
    if (length == 0 || last[-1] == '.' || length > CALLED_NAME - sizeof("(...)") || called_within(start, first))
        return false;
    /* What the call is of may be no name itself. */
    snprintf(name, CALLED_NAME, "%s%.*s", *first == '.' ? "(...)" : "", (int)length, first);
    return true;
}
