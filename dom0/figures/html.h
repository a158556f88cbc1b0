/* Pieces of an HTML page; whatever text comes in is made safe here. Pure. */
#pragma once

#include <stdio.h>

#include <jansson.h>

/* Text, for elements and for attributes in double quotes. Control and direction-changing characters
 * become visible (dom0/base/escape.h), what HTML reads as its own becomes a reference. */
void html_text(FILE *to, const char *text);

/* The same between two pieces of markup. */
void html_in(FILE *to, const char *before, const char *text, const char *behind);

/*
 * A link to a file: `base`, which is a reference already, and `path` behind it, which may have any
 * bytes; `text` is what people read.
 */
void html_link(FILE *to, const char *base, const char *path, const char *text);

/* What of a reference is a path: letters, digits, "-._~/" as they are, every other byte as %XX. */
void html_path(FILE *to, const char *path);

/* A JSON value as text: null is a dash, true and false are words. */
void html_value(FILE *to, const json_t *value);

/* A verdict or a status; `shown` is what people read. */
void html_badge(FILE *to, const char *status, const char *shown);

/* Everything before and behind the page's own elements: doctype, style, no script, nothing loaded.
 */
void html_begin(FILE *to, const char *title);
void html_end(FILE *to);
