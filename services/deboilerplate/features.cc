#include "services/deboilerplate/features.h"

#include <lexbor/tag/const.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "services/deboilerplate/barriers.h"
#include "services/deboilerplate/cue_words.h"
#include "services/deboilerplate/rhythm.h"

namespace sluice::deboilerplate {
namespace {

// Tags as a small ordered scale: what is mostly story, what may be, what is seldom.
float TagClass(uint16_t tag) {
  switch (tag) {
    case LXB_TAG_P:
      return 1;
    case LXB_TAG_BLOCKQUOTE:
      return 2;
    case LXB_TAG_PRE:
      return 3;
    case LXB_TAG_H2:
      return 4;
    case LXB_TAG_H3:
      return 5;
    case LXB_TAG_H4:
    case LXB_TAG_H5:
    case LXB_TAG_H6:
      return 6;
    case LXB_TAG_H1:
      return 7;
    case LXB_TAG_LI:
      return 8;
    case LXB_TAG_DD:
    case LXB_TAG_DT:
      return 9;
    case LXB_TAG_TD:
    case LXB_TAG_TH:
      return 10;
    case LXB_TAG_DIV:
      return 11;
    case LXB_TAG_SECTION:
    case LXB_TAG_ARTICLE:
    case LXB_TAG_MAIN:
      return 12;
    case LXB_TAG_FIGCAPTION:
    case LXB_TAG_CAPTION:
      return 13;
    case LXB_TAG_SUMMARY:
    case LXB_TAG_BUTTON:
      return 14;
    case LXB_TAG_BODY:
      return 15;
    default:
      return 16;
  }
}

// What is more of a link than this is not compared with what the page says of its article.
constexpr float kLinkOnly = 0.95F;

float Ratio(float part, float whole) { return whole > 0 ? part / whole : 0; }

// Blocks of one text.
struct Copies {
  size_t first = 0;
  int count = 0;
};

// What names say, and what elements that divide a page say.
constexpr Roles kNamed = Bit(kRoleTagArticle) - 1;
constexpr Roles kSectioned = Bit(kRoleTagArticle) | Bit(kRoleTagMain) | Bit(kRoleTagAside) |
                             Bit(kRoleTagNav) | Bit(kRoleTagFooter) | Bit(kRoleTagHeader);

struct Group {
  float blocks = 0, words = 0, links = 0, sentences = 0;
};

}  // namespace

// Computes what needs the whole page first, then writes rows.
class BlockFeatures::Writer {
 public:
  Writer(const Page& page, const Witness& witness, bool article_marked)
      : page_(page), witness_(witness), article_marked_(article_marked) {
    Survey();
  }

  // Returns how many were written.
  size_t WriteRow(size_t i, float* out) {
    out_ = out;
    const Block& block = page_.blocks[i];
    WriteText(block);
    WriteCues(block);
    WritePlace(i);
    WriteWitness(i);
    WriteNeighbours(i);
    WriteBarriers(i);
    WriteRhythm(i);
    WritePage();
    if (!page_.plain_text) {
      WriteRoles(block);
      WriteContainers(block);
      WriteGroup(i);
      WriteMarkup();
    }
    return static_cast<size_t>(out_ - out) / kStride;
  }

 private:
  void Put(float value) {
    *out_ = value;
    out_ += kStride;
  }
  void Put(uint32_t value) { Put(static_cast<float>(value)); }
  void Put(bool value) { Put(value ? 1.0F : 0.0F); }

  static bool Prose(const Block& block) {
    return block.stats.prose() && block.link_density() < 0.5F;
  }

  void Survey() {
    const size_t n = page_.blocks.size();
    words_before_.resize(n + 1);
    prose_before_.resize(n + 1);
    last_prose_.resize(n);
    next_prose_.resize(n);
    group_of_.resize(n);
    int last = -1;
    absl::flat_hash_map<uint32_t, int> group_ids;
    for (size_t i = 0; i < n; ++i) {
      const Block& block = page_.blocks[i];
      const auto words = static_cast<float>(block.stats.words);
      words_before_[i + 1] = words_before_[i] + words;
      prose_before_[i + 1] = prose_before_[i] + (Prose(block) ? words : 0);
      last_prose_[i] = last;
      if (Prose(block)) last = static_cast<int>(i);
      prose_blocks_ += Prose(block) ? 1.0F : 0.0F;
      link_words_ += words * block.link_density();
      cjk_ += static_cast<float>(block.stats.cjk);
      characters_ += static_cast<float>(block.stats.characters);
      ++copies_.try_emplace(block.stats.hash, Copies{i, 0}).first->second.count;
      SurveyNode(block);
      const auto [at, fresh] = group_ids.try_emplace(block.path, static_cast<int>(groups_.size()));
      if (fresh) groups_.emplace_back();
      Group& group = groups_[static_cast<size_t>(at->second)];
      group_of_[i] = at->second;
      group.blocks += 1;
      group.words += words;
      group.links += words * block.link_density();
      group.sentences += block.stats.ending == Ending::kSentence ? 1.0F : 0.0F;
    }
    last = static_cast<int>(n);
    for (size_t i = n; i-- > 0;) {
      next_prose_[i] = last;
      if (Prose(page_.blocks[i])) last = static_cast<int>(i);
    }
    likeness_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      const Block& block = page_.blocks[i];
      if (!block.hard_dropped && block.link_density() < kLinkOnly)
        likeness_[i] = witness_.Compare(page_, block);
    }
    rhythm_.Learn(page_);
    FindBarriers();
    FindRoots();
    FindHeadline();
  }

  void FindBarriers() {
    const size_t n = page_.blocks.size();
    barriers_.resize(n + 1);
    last_barrier_.resize(n);
    int last = -1;
    for (size_t i = 0; i < n; ++i) {
      const bool barrier = IsBarrier(page_, page_.blocks[i]);
      last_barrier_[i] = last;
      // Before any prose it is part of the navigation.
      if (barrier && prose_before_[i] > 0) last = static_cast<int>(i);
      barriers_[i + 1] = barriers_[i] + (last == static_cast<int>(i) ? 1.0F : 0.0F);
    }
  }

  void SurveyNode(const Block& block) {
    if (block.node < 0 || page_.nodes.empty()) return;
    const Node& node = page_.nodes[static_cast<size_t>(block.node)];
    const uint16_t tag = node.tag;
    const Roles roles = node.roles | node.ancestor_roles;
    const auto words = static_cast<float>(block.stats.words);
    if ((roles & kNamed) != 0) named_words_ += words;
    if ((roles & kSectioned) != 0) tagged_words_ += words;
    items_ += tag == LXB_TAG_LI ? 1.0F : 0.0F;
    headings_ += tag >= LXB_TAG_H2 && tag <= LXB_TAG_H6 ? 1.0F : 0.0F;
  }

  void FindRoots() {
    float best_article = 0;
    for (size_t i = 0; i < page_.nodes.size(); ++i) {
      const Node& node = page_.nodes[i];
      if (node.child_prose > child_prose_max_) {
        child_prose_max_ = node.child_prose;
        root_ = static_cast<int32_t>(i);
      }
      const bool item_body = (node.roles & Bit(kRoleItemBody)) != 0;
      const bool marked =
          item_body || (node.roles & (Bit(kRoleTagArticle) | Bit(kRoleTagMain))) != 0;
      if (!marked) continue;
      articles_ += node.tag == LXB_TAG_ARTICLE ? 1.0F : 0.0F;
      const float score = node.prose_words * (item_body                     ? 4.0F
                                              : node.tag == LXB_TAG_ARTICLE ? 1.5F
                                                                            : 1.0F);
      if (score > best_article) {
        best_article = score;
        article_ = static_cast<int32_t>(i);
      }
    }
  }

  void FindHeadline() {
    for (const Hint& hint : page_.hints) {
      if (hint.kind == Hint::Kind::kHeading && hint.name != "2" && !hint.value.empty()) {
        // The last h1 before most of the prose: earlier ones may be the site's name.
        if (headline_ < 0 ||
            prose_before_[static_cast<size_t>(hint.block)] < 0.3F * prose_before_.back())
          headline_ = hint.block;
      }
    }
  }

  void WriteText(const Block& block) {
    const TextStats& s = block.stats;
    const auto words = static_cast<float>(s.words);
    const auto characters = static_cast<float>(s.characters);
    Put(words);
    Put(Ratio(characters, words));
    Put(block.link_density());
    Put(static_cast<uint32_t>(block.links));
    Put(static_cast<uint32_t>(s.ending));
    Put(s.sentences);
    Put(Ratio(words, static_cast<float>(s.sentences)));
    Put(Ratio(static_cast<float>(s.commas), words));
    Put(Ratio(static_cast<float>(s.digits), characters));
    Put(Ratio(static_cast<float>(s.capitalised), words));
    Put(Ratio(static_cast<float>(s.capitals), characters));
    Put(s.quotes);
    Put(Ratio(static_cast<float>(s.symbols), words));
    Put(Ratio(static_cast<float>(s.cjk), characters));
    const auto bytes = static_cast<float>(block.end - block.begin);
    Put(Ratio(static_cast<float>(block.bold_bytes), bytes));
    Put(Ratio(static_cast<float>(block.italic_bytes), bytes));
    Put(static_cast<uint32_t>(block.images));
    Put(block.after_break);
  }

  void WriteCues(const Block& block) {
    const auto words = std::max(1.0F, static_cast<float>(block.stats.words));
    for (size_t cue = 0; cue < kCues; ++cue) {
      const uint16_t count = block.stats.cues[cue];
      Put(count == 0 ? 0.0F : static_cast<float>(count) / words);
      if (cue > 0) Put((block.stats.first_cues >> cue & 1) != 0);
    }
  }

  void WritePlace(size_t i) {
    const auto n = static_cast<float>(page_.blocks.size());
    const float words = words_before_.back();
    Put(static_cast<float>(i));
    Put(static_cast<float>(i) / n);
    Put(n - static_cast<float>(i));
    Put(Ratio(words_before_[i], words));
    Put(prose_before_[i]);
    Put(Ratio(prose_before_[i], prose_before_.back()));
    Put(prose_before_.back() - prose_before_[i + 1]);
    Put(static_cast<float>(static_cast<int>(i) - last_prose_[i]));
    Put(static_cast<float>(next_prose_[i] - static_cast<int>(i)));
    Put(last_prose_[i] < 0
            ? -1.0F
            : words_before_[i] - words_before_[static_cast<size_t>(last_prose_[i]) + 1]);
    Put(words_before_[static_cast<size_t>(next_prose_[i])] - words_before_[i + 1]);
    const uint64_t hash = page_.blocks[i].stats.hash;
    Put(static_cast<float>(std::min(copies_.find(hash)->second.count, 9)));
    Put(copies_.find(hash)->second.first != i);
  }

  void WriteWitness(size_t i) {
    const Witness::Likeness& like = likeness_[i];
    Put(like.of_block);
    Put(like.of_title);
    Put(like.description);
    Put(like.body);
    Put(headline_ < 0
            ? -99.0F
            : std::clamp(static_cast<float>(static_cast<int>(i) - headline_), -98.0F, 400.0F));
    Put(headline_ < 0 ? 0.0F : words_before_[i] - words_before_[static_cast<size_t>(headline_)]);
  }

  void WriteNeighbours(size_t i) {
    const auto n = static_cast<int>(page_.blocks.size());
    for (const int offset : {-2, -1, 1, 2}) {
      const int at = static_cast<int>(i) + offset;
      if (at < 0 || at >= n) {
        for (int k = 0; k < 6; ++k) Put(-1.0F);
        continue;
      }
      const Block& block = page_.blocks[static_cast<size_t>(at)];
      Put(block.stats.words);
      Put(block.link_density());
      Put(static_cast<uint32_t>(block.stats.ending));
      Put(block.node < 0 || page_.nodes.empty()
              ? 0.0F
              : TagClass(page_.nodes[static_cast<size_t>(block.node)].tag));
      Put(block.after_break);
      Put((block.stats.first_cues & ~CueBit(Cue::kStop)) != 0);
    }
    constexpr size_t kReach = 5;
    const size_t from = i < kReach ? 0 : i - kReach;
    const size_t to = std::min(page_.blocks.size(), i + 1 + kReach);
    Put(Ratio(words_before_[i] - words_before_[from], static_cast<float>(i - from)));
    Put(Ratio(words_before_[to] - words_before_[i + 1], static_cast<float>(to - i - 1)));
    Put(prose_before_[i] - prose_before_[from]);
    Put(prose_before_[to] - prose_before_[i + 1]);
  }

  void WriteBarriers(size_t i) {
    const int last = last_barrier_[i];
    Put(barriers_[i + 1] - barriers_[i]);
    Put(barriers_[i]);
    Put(barriers_.back() - barriers_[i + 1]);
    Put(last < 0 ? -1.0F : static_cast<float>(static_cast<int>(i) - last));
    Put(last < 0 ? -1.0F : words_before_[i] - words_before_[static_cast<size_t>(last) + 1]);
    Put(last < 0 ? -1.0F : Ratio(prose_before_[static_cast<size_t>(last)], prose_before_.back()));
  }

  void WriteRhythm(size_t i) {
    for (const float share : rhythm_.Around(i)) Put(share);
    for (const Rhythm::Counts& counts : rhythm_.CuesNear(i)) {
      Put(counts.before);
      Put(counts.after);
    }
  }

  void WritePage() {
    Put(words_before_.back());
    Put(prose_before_.back());
    Put(prose_blocks_);
    Put(Ratio(prose_before_.back(), prose_blocks_));
    Put(static_cast<float>(page_.blocks.size()));
    Put(Ratio(link_words_, words_before_.back()));
    Put(Ratio(cjk_, characters_));
    Put(items_);
    Put(headings_);
    Put(articles_);
    Put(article_marked_);
  }

  // How much the page's markup tells at all: roles are missing where it has none.
  void WriteMarkup() {
    Put(Ratio(named_words_, words_before_.back()));
    Put(Ratio(tagged_words_, words_before_.back()));
  }

  // 3: its own element, 2: the one above, 1.5: two above, 1: some further one; inline elements
  // count as its own.
  void WriteRoles(const Block& block) {
    const Node& node = page_.nodes[static_cast<size_t>(block.node)];
    const Roles own = node.roles | block.inline_roles;
    Roles parent = 0;
    Roles grandparent = 0;
    if (node.parent >= 0) {
      const Node& above = page_.nodes[static_cast<size_t>(node.parent)];
      parent = above.roles;
      if (above.parent >= 0) grandparent = page_.nodes[static_cast<size_t>(above.parent)].roles;
    }
    // Most are none of them.
    float* const roles = out_;
    for (int role = 0; role < kRoleCount; ++role) Put(0.0F);
    const auto mark = [&](Roles set, float value) {
      for (; set != 0; set &= set - 1)
        roles[kStride * static_cast<size_t>(std::countr_zero(set))] = value;
    };
    mark(node.ancestor_roles, 1.0F);
    mark(grandparent, 1.5F);
    mark(parent, 2.0F);
    mark(own, 3.0F);
    Put(TagClass(node.tag));
    Put(static_cast<uint32_t>(node.depth));
  }

  void WriteContainers(const Block& block) {
    int32_t at = block.node;
    const float prose = prose_before_.back();
    for (int level = 0; level < 5; ++level) {
      if (level > 0 && at >= 0) at = page_.nodes[static_cast<size_t>(at)].parent;
      if (at < 0) {
        for (int k = 0; k < 5; ++k) Put(-1.0F);
        continue;
      }
      const Node& node = page_.nodes[static_cast<size_t>(at)];
      const auto blocks = static_cast<float>(node.block_end - node.block_begin);
      Put(Ratio(node.prose_words, prose));
      Put(Ratio(node.link_words, node.words));
      Put(Ratio(node.words, blocks));
      Put(blocks);
      Put(Ratio(node.child_prose, child_prose_max_));
    }
    PutRelation(block, root_);
    PutRelation(block, article_);
  }

  // Where the block is with regard to a node: levels up to a common ancestor (0: inside), and
  // before or after it.
  void PutRelation(const Block& block, int32_t other) {
    if (other < 0) {
      Put(-1.0F);
      Put(0.0F);
      return;
    }
    const Node& node = page_.nodes[static_cast<size_t>(other)];
    float levels = 0;
    for (int32_t at = other; at >= 0; at = page_.nodes[static_cast<size_t>(at)].parent) {
      if (block.node >= at && block.node < page_.nodes[static_cast<size_t>(at)].end) break;
      levels += 1;
    }
    Put(levels);
    Put(block.node < other ? -1.0F : block.node >= node.end ? 1.0F : 0.0F);
  }

  void WriteGroup(size_t i) {
    const Group& group = groups_[static_cast<size_t>(group_of_[i])];
    Put(group.blocks);
    Put(Ratio(group.words, words_before_.back()));
    Put(Ratio(group.words, group.blocks));
    Put(Ratio(group.links, group.words));
    Put(Ratio(group.sentences, group.blocks));
  }

  const Page& page_;
  const Witness& witness_;
  const bool article_marked_;
  float* out_ = nullptr;
  std::vector<float> words_before_, prose_before_, barriers_;
  std::vector<int> last_prose_, next_prose_, group_of_, last_barrier_;
  std::vector<Witness::Likeness> likeness_;
  Rhythm rhythm_;
  std::vector<Group> groups_;
  absl::flat_hash_map<uint64_t, Copies> copies_;
  float prose_blocks_ = 0, link_words_ = 0, named_words_ = 0, tagged_words_ = 0, cjk_ = 0,
        characters_ = 0, items_ = 0, headings_ = 0, articles_ = 0;
  float child_prose_max_ = 0;
  int32_t root_ = -1, article_ = -1;
  int headline_ = -1;
};

BlockFeatures::BlockFeatures(const Page& page, const Witness& witness, bool article_marked)
    : writer_(std::make_unique<Writer>(page, witness, article_marked)) {}

BlockFeatures::~BlockFeatures() = default;

size_t BlockFeatures::Write(size_t block, float* out) const {
  return writer_->WriteRow(block, out);
}

}  // namespace sluice::deboilerplate
