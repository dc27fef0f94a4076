#include "pipeline/base/strings.h"
#include "services/feed/renderings.h"

namespace sluice::feed {
namespace {

std::string RenderTime(absl::Time time) {
  return fmt::format("<time datetime=\"{}\">{}</time>",
                     absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone()),
                     absl::FormatTime("%e %b %Y, %H:%M UTC", time, absl::UTCTimeZone()));
}

// The script builds the same from /feed.json.
std::string RenderArticle(const Article& article) {
  const std::string title = EscapeMarkup(article.title);
  const std::string lang =
      article.language.empty() ? "" : fmt::format(" lang=\"{}\"", EscapeMarkup(article.language));
  std::string html =
      fmt::format("<li id=\"a{}\"><article>\n<h2 dir=\"auto\"{}>", EscapeMarkup(article.id), lang);
  html += article.url.empty() ? title
                              : fmt::format("<a rel=\"noreferrer\" href=\"{}\">{}</a>",
                                            EscapeMarkup(article.url), title);
  html += fmt::format("</h2>\n<p class=\"meta\"><span class=\"site\">{}</span> {}",
                      EscapeMarkup(article.site), RenderTime(article.event_time));
  if (article.updated) html += " <span class=\"mark\">updated</span>";
  html += fmt::format(
      " <span class=\"score\" title=\"Probability that {0} is its "
      "subject\">{1:.0f}&#8239;%</span></p>\n",
      EscapeMarkup(article.topic), article.score * 100);
  if (!article.excerpt.empty()) {
    html += fmt::format("<p class=\"excerpt\" dir=\"auto\"{}>{}</p>\n", lang,
                        EscapeMarkup(article.excerpt));
  }
  if (!article.tags.empty()) {
    html += "<ul class=\"tags\" aria-label=\"Tags\">";
    for (const std::string& tag : article.tags) {
      html += fmt::format("<li>{}</li>", EscapeMarkup(tag));
    }
    html += "</ul>\n";
  }
  return html + "</article></li>\n";
}

}  // namespace

std::string RenderLivePage(const Channel& channel, const std::vector<Article>& articles) {
  const std::string title = EscapeMarkup(channel.title);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{0}</title>\n"
      "<link rel=\"stylesheet\" href=\"live.css\">\n"
      "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"{0}\" href=\"feed.atom\">\n"
      "<link rel=\"alternate\" type=\"application/feed+json\" title=\"{0}\" href=\"feed.json\">\n"
      "<script src=\"live.js\" defer></script>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n"
      "<nav aria-label=\"Feeds\"><a href=\"feed.atom\">Atom</a> <a "
      "href=\"feed.json\">JSON</a></nav>\n"
      "<p id=\"status\" role=\"status\"></p>\n</header>\n<main>\n",
      title);
  html += fmt::format(
      "<p id=\"empty\"{}>Nothing has come in yet. Articles show up here as they are "
      "published.</p>\n<ol id=\"articles\">\n",
      articles.empty() ? "" : " hidden");
  for (const Article& article : articles) html += RenderArticle(article);
  return html + "</ol>\n</main>\n</body>\n</html>\n";
}

const std::string_view kLiveStyle = R"css(:root {
  --paper: #fbfaf8; --ink: #1d1c1a; --soft: #6a655d; --line: #e4e0d9; --accent: #0b5c6b; --mark: #8a4b00;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181a; --ink: #e8e6e3; --soft: #9c978f; --line: #2d3033; --accent: #7fc8d6; --mark: #e0a458; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 46rem; padding: 0 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
header {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; padding: 2rem 0 .75rem;
  border-bottom: 2px solid var(--ink);
}
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.01em; }
nav { margin-left: auto; font-size: .875rem; }
nav a { margin-left: .75rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#status { flex-basis: 100%; margin: 0; min-height: 1.4em; font-size: .875rem; color: var(--soft); }
ol { list-style: none; margin: 0; padding: 0; }
ol > li { padding: 1.15rem 0; border-bottom: 1px solid var(--line); }
ol > li.new { box-shadow: -1.25rem 0 0 -1rem var(--accent); }
h2 { margin: 0; font-size: 1.125rem; line-height: 1.35; overflow-wrap: anywhere; }
h2 a { color: inherit; text-decoration: none; }
h2 a:hover { text-decoration: underline; }
.meta { margin: .2rem 0 0; font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.meta > * + * { margin-left: .6rem; }
.site { font-weight: 600; color: var(--ink); }
.mark { color: var(--mark); }
.excerpt { margin: .45rem 0 0; overflow-wrap: anywhere; }
.tags { display: flex; flex-wrap: wrap; gap: .3rem; list-style: none; margin: .55rem 0 0; padding: 0; }
.tags li { padding: .05rem .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .75rem; color: var(--soft); }
#empty { padding: 3rem 0; text-align: center; color: var(--soft); }
)css";

const std::string_view kLiveScript = R"js("use strict";
(() => {
  const interval = 10000;
  const list = document.getElementById("articles");
  const status = document.getElementById("status");
  const known = new Set(Array.from(list.children, (li) => li.id));

  const make = (name, cls, text) => {
    const node = document.createElement(name);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const showTime = (node) => {
    const date = new Date(node.dateTime);
    node.textContent = date.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"});
  };

  const build = (item) => {
    const li = make("li");
    li.id = "a" + item.id;
    const article = make("article");
    const h2 = make("h2");
    h2.dir = "auto";
    if (item.language) h2.lang = item.language;
    if (/^https?:\/\//.test(item.url || "")) {
      const a = make("a", "", item.title);
      a.href = item.url;
      a.rel = "noreferrer";
      h2.append(a);
    } else {
      h2.textContent = item.title;
    }
    const meta = make("p", "meta");
    const time = make("time");
    time.dateTime = item.date_modified;
    showTime(time);
    meta.append(make("span", "site", item._sluice.site), " ", time);
    if (item._sluice.updated) meta.append(" ", make("span", "mark", "updated"));
    const score = make("span", "score", Math.round(item._sluice.score * 100) + "\u202f%");
    score.title = "Probability that " + item._sluice.topic + " is its subject";
    meta.append(" ", score);
    article.append(h2, meta);
    if (item.content_text) {
      const excerpt = make("p", "excerpt", item.content_text);
      excerpt.dir = "auto";
      if (item.language) excerpt.lang = item.language;
      article.append(excerpt);
    }
    if (item.tags && item.tags.length) {
      const tags = make("ul", "tags");
      tags.setAttribute("aria-label", "Tags");
      for (const tag of item.tags) tags.append(make("li", "", tag));
      article.append(tags);
    }
    li.append(article);
    return li;
  };

  let shown = "";
  const show = (text) => {
    if (text === shown) return 0;  // What a reader has selected or focused stays so.
    shown = text;
    const nodes = JSON.parse(text).items.map(build);
    const fresh = nodes.filter((li) => !known.has(li.id));
    for (const li of fresh) {
      li.classList.add("new");
      known.add(li.id);
    }
    list.replaceChildren(...nodes);
    document.getElementById("empty").hidden = nodes.length > 0;
    return fresh.length;
  };

  const poll = async () => {
    try {
      const answer = await fetch("feed.json" + location.search, {cache: "no-cache"});
      if (!answer.ok) throw new Error(answer.status);
      const fresh = show(await answer.text());
      const now = new Date().toLocaleTimeString(undefined, {timeStyle: "short"});
      if (fresh) {
        status.textContent = fresh + (fresh === 1 ? " new article at " : " new articles at ") + now;
      } else if (!status.textContent || status.dataset.failed) {
        status.textContent = "Live since " + now;
      }
      delete status.dataset.failed;
    } catch (error) {
      status.textContent = "The server does not answer; trying again.";
      status.dataset.failed = "1";
    }
    setTimeout(poll, interval);
  };

  document.querySelectorAll("time").forEach(showTime);
  setTimeout(poll, 1000);
})();
)js";

}  // namespace sluice::feed
