#include "dom0/figures/html.h"

#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/text.h"

void html_text(FILE *to, const char *text)
{
        static const struct {
                char character;
                const char *reference;
        } own[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
                { '\'', "&#39;" } };
        size_t size = 4 * strlen(text) + 8;
        _cleanup_free_ char *safe = memory_get(size);

        escape_text(text, strlen(text), safe, size);
        for (const char *at = safe; *at; at++) {
                const char *reference = NULL;

                for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
                        if (*at == own[i].character)
                                reference = own[i].reference;
                if (reference)
                        fputs(reference, to);
                else
                        putc(*at, to);
        }
}

void html_in(FILE *to, const char *before, const char *text, const char *behind)
{
        fputs(before, to);
        html_text(to, text);
        fputs(behind, to);
}

void html_path(FILE *to, const char *path)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-._~/";

        for (; *path; path++)
                if (strchr(plain, *path))
                        putc(*path, to);
                else
                        fprintf(to, "%%%02X", (unsigned char)*path);
}

void html_link(FILE *to, const char *base, const char *path, const char *text)
{
        fprintf(to, "<a href=\"%s", base);
        html_path(to, path);
        html_in(to, "\">", text, "</a>");
}

void html_value(FILE *to, const json_t *value)
{
        if (json_is_string(value))
                html_text(to, json_string_value(value));
        else if (json_is_integer(value))
                fprintf(to, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
                fprintf(to, "%.6g", json_real_value(value));
        else if (json_is_boolean(value))
                fputs(json_is_true(value) ? "yes" : "no", to);
        else
                fputs("–", to);
}

/* Statuses and verdicts are class names, so only those that are known may become one. */
static const char *class_of(const char *status)
{
        static const char *const known[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
                "empty", "incomplete", NULL };

        return text_is_one_of(status, known) ? status : "none";
}

void html_badge(FILE *to, const char *status, const char *shown)
{
        fprintf(to, "<span class=\"badge %s\">", class_of(status));
        html_text(to, shown);
        fputs("</span>", to);
}

/* Colours s0 to s9 are those of series and parts, in dom0/figures/chart.c as well. */
static const char style[] =
        ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d8dee4;"
        "--card:#f6f8fa;--good:#1a7f37;--bad:#c62828;--warn:#8a5a00;--mark:#fff3d1;"
        "--s0:#2f6fb7;--s1:#d9822b;--s2:#3c9a5f;--s3:#a04fb0;--s4:#b23b4a;--s5:#1f9e9e;"
        "--s6:#8c6d31;--s7:#6b7785;--s8:#5b5bd6;--s9:#c2577f}"
        "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e3e8ee;--dim:#98a4b0;"
        "--line:#303841;--card:#1c2229;--good:#4cc36a;--bad:#ff7b72;--warn:#e3b341;--mark:#3a3115;"
        "--s0:#6aa5e8;--s1:#f0a35a;--s2:#63c588;--s3:#c98ad6;--s4:#e0707d;--s5:#4fc7c7;"
        "--s6:#c2a25e;--s7:#9aa6b2;--s8:#9494f0;--s9:#e48fb0}}"
        "*{box-sizing:border-box}"
        "body{margin:0;background:var(--bg);color:var(--fg);"
        "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}"
        "main{max-width:68rem;margin:0 auto;padding:1.25rem 1rem 3rem}"
        "h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;"
        "padding-bottom:.25rem;border-bottom:1px solid var(--line)}"
        "a{color:var(--s0)}p{margin:.25rem 0 .75rem}.dim{color:var(--dim)}.small{font-size:.85rem}"
        "code,.mono{font-family:ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;"
        "font-size:.85em;overflow-wrap:anywhere}"
        ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));"
        "gap:1rem}"
        ".card{background:var(--card);border:1px solid var(--line);border-radius:8px;"
        "padding:.75rem 1rem;border-top:4px solid var(--c)}"
        ".card ul{margin:.25rem 0;padding-left:1.1rem}"
        ".head{display:flex;justify-content:space-between;align-items:center;gap:.5rem}"
        ".letter{font-weight:700;font-size:1.1rem;color:var(--c)}"
        ".badge{display:inline-block;border:1px solid currentColor;border-radius:1rem;"
        "padding:0 .6rem;font-size:.8rem;font-weight:600;white-space:nowrap}"
        ".pass{color:var(--good)}.fail,.error,.timeout,.incomplete{color:var(--bad)}"
        ".skip,.notrun,.empty,.none{color:var(--warn)}"
        ".banner{background:var(--mark);border:1px solid var(--warn);border-radius:8px;"
        "padding:.5rem .9rem;margin:1rem 0}"
        ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}"
        "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
        "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
        "th{color:var(--dim);font-weight:600}thead th{border-bottom-width:2px}"
        "tbody th{white-space:nowrap;background:var(--bg)}"
        ".wide th:first-child{position:sticky;left:0}td.n,th.n{text-align:right;white-space:nowrap;"
        "font-variant-numeric:tabular-nums}tr.diff td,tr.diff th{background:var(--mark)}"
        "h3{font-size:1rem;margin:1rem 0 .25rem}"
        ".behind{border-color:var(--bad);border-left-width:6px}"
        ".behind ul{margin:.25rem 0 0;padding-left:1.1rem}.behind strong{color:var(--bad)}"
        ".peers td{min-width:5.6rem;padding:.2rem .15rem}.peers .badge{padding:0 .4rem}"
        ".peers th{font-size:.8rem;padding-left:.3rem}"
        ".peers tbody th{font-weight:400;color:var(--fg);vertical-align:middle}"
        ".cell{padding:.1rem .3rem;border-radius:4px}"
        ".cell .v{display:flex;gap:.3rem;white-space:nowrap;font-size:.75rem;"
        "font-variant-numeric:tabular-nums}.cell .l{font-weight:700;color:var(--c)}"
        ".cell .p{margin-left:auto}.cell svg{display:block;width:100%;height:.4rem}"
        ".cell svg.measure{height:.6rem}.cell .of{white-space:nowrap}"
        ".narrow .cell{padding:.1rem}.narrow .cell .v{font-size:.7rem;gap:.2rem}"
        ".peers.narrow th{font-size:.74rem;padding:.2rem .1rem}"
        ".p{color:var(--dim);font-weight:400}"
        ".bar.value{max-width:34rem;row-gap:0;border-bottom:1px solid var(--line)}"
        ".slow{color:var(--bad);font-weight:700}.slow .p{color:var(--bad);font-weight:700}"
        ".cell.slow{background:var(--mark);outline:2px solid var(--bad)}"
        ".slow svg rect+rect:not(.tick){fill:var(--bad)}"
        ".of{color:var(--dim);font-size:.75rem;font-weight:400}th .of{display:block}"
        ".figures{display:grid;gap:0 2.5rem;"
        "grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr))}"
        ".bar .of{grid-column:1/-1}.bar>.p{font-size:.8rem;text-align:right}.bar "
        "svg.measure{height:1.1rem}"
        ".counts{font-size:1.05rem;font-weight:600}"
        ".facts{margin-top:1rem}.facts th{width:11rem}.gpus{margin-top:.5rem}"
        ".gpus th,.gpus td.mono{white-space:nowrap}.gpus .mono{font-size:.75rem}"
        ".sign{display:grid;grid-template-columns:2fr 1fr 2fr;gap:1.5rem;margin:2.5rem 0 1rem}"
        ".sign span{border-top:1px solid var(--fg);padding-top:.2rem;font-size:.8rem;"
        "color:var(--dim)}"
        ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr));"
        "gap:.5rem 1.25rem}figure{margin:0;min-width:0}figcaption{font-size:.85rem}"
        "figcaption,h3{font-weight:600}.plots "
        ".legend{padding-left:2.6rem;margin:0;font-size:.78rem}"
        ".plot{position:relative;padding-left:2.6rem}"
        ".plot>span{position:absolute;left:0;width:2.4rem;text-align:right;font-size:.7rem;"
        "color:var(--dim);line-height:1}.plot>span+span{bottom:0}"
        ".plot svg{display:block;width:100%;height:6rem;background:var(--card);"
        "border-left:1px solid var(--dim);border-bottom:1px solid var(--dim)}"
        ".plot path{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round;"
        "vector-effect:non-scaling-stroke}"
        "rect.capped{fill:var(--warn);opacity:.18}rect.hot{fill:var(--bad);opacity:.4}"
        ".mark{padding:0 .4rem;border-radius:3px}.mark.capped{background:rgba(180,130,0,.22)}"
        ".mark.hot{background:rgba(220,60,50,.45)}"
        ".time{display:flex;justify-content:space-between;padding-left:2.6rem;font-size:.7rem;"
        "color:var(--dim)}"
        ".condition{font-size:.8rem}.condition td,.condition th{padding:.25rem .4rem}"
        ".condition td,.condition th,.coverage td,.coverage th,.gpus td{overflow-wrap:normal}"
        ".condition td span{white-space:nowrap}"
        ".condition .verdict{font-weight:600}.condition .value{color:var(--fg)}"
        ".condition .fail .value{color:var(--bad);font-weight:700}"
        ".coverage td,.coverage th{font-size:.82rem}.coverage code{white-space:nowrap}"
        ".coverage tbody th{width:9rem}.coverage .kind{min-width:14rem}"
        ".gpus td:nth-child(3){min-width:9rem}"
        ".gpus td:last-child{min-width:7rem}"
        ".untested ul{margin:.2rem 0;padding-left:1.2rem}"
        ".chart{margin:.75rem 0}.group{margin:.6rem 0}"
        ".title{display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:center;"
        "justify-content:space-between}"
        ".bar{display:grid;grid-template-columns:1.2rem 1fr 6.5rem;gap:.5rem;align-items:center}"
        ".bar.one{grid-template-columns:1fr 6.5rem}.bar svg{width:100%;height:.85rem;display:block}"
        ".bar .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;"
        "font-size:.85rem}.bar .l{font-weight:700;color:var(--c)}"
        ".legend{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.85rem;margin:.5rem 0}"
        ".key{display:inline-flex;align-items:center;gap:.35rem}"
        ".key svg{width:.8rem;height:.8rem}"
        ".strip svg{width:100%;height:2rem;display:block;border-radius:4px}"
        ".strip p{margin:0}.strip .slow a{color:var(--bad)}td.host{white-space:nowrap}"
        "summary{cursor:pointer;font-weight:600;margin:.5rem 0}"
        "footer{margin-top:2.5rem;color:var(--dim);font-size:.85rem}"
        "@media(max-width:40rem){body{font-size:14px}.bar,.bar.one{gap:.35rem}"
        ".bar{grid-template-columns:1rem 1fr 5.2rem}.bar.one{grid-template-columns:1fr 5.2rem}"
        "th,td{padding:.3rem .4rem}tbody th{white-space:normal;overflow-wrap:normal}}"
        "@media "
        "print{:root{font-size:11px}.wide{overflow:visible}.card,.group,tr,.sign,figure{break-"
        "inside:avoid}"
        "h2,h3{break-after:avoid}main{max-width:none;padding:0}body{font-size:1rem}"
        "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

void html_begin(FILE *to, const char *title)
{
        fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'unsafe-inline'\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                to);
        html_text(to, title);
        fprintf(to, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>", style);
        html_text(to, title);
        fputs("</h1>\n", to);
}

void html_end(FILE *to)
{
        fputs("</main>\n</body>\n</html>\n", to);
}
