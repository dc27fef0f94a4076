#include "services/deboilerplate/features.h"

#include <lexbor/tag/const.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "services/deboilerplate/cue_words.h"
#include "services/deboilerplate/page_survey.h"
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

}  // namespace

// Surveys the whole page first, then writes rows.
class BlockFeatures::Writer {
 public:
  Writer(const Page& page, const Witness& witness, bool article_marked)
      : page_(page), article_marked_(article_marked), survey_(SurveyPage(page)) {
    rhythm_.Learn(page);
    CompareWithWitness(witness);
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

  void CompareWithWitness(const Witness& witness) {
    likeness_.resize(page_.blocks.size());
    for (size_t i = 0; i < page_.blocks.size(); ++i) {
      const Block& block = page_.blocks[i];
      if (!block.hard_dropped && block.link_density() < kLinkOnly)
        likeness_[i] = witness.Compare(page_, block);
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
    const float words = survey_.words();
    Put(static_cast<float>(i));
    Put(static_cast<float>(i) / n);
    Put(n - static_cast<float>(i));
    Put(Ratio(survey_.words_before[i], words));
    Put(survey_.prose_before[i]);
    Put(Ratio(survey_.prose_before[i], survey_.prose()));
    Put(survey_.ProseIn(i + 1, page_.blocks.size()));
    Put(static_cast<float>(static_cast<int>(i) - survey_.last_prose[i]));
    Put(static_cast<float>(survey_.next_prose[i] - static_cast<int>(i)));
    Put(survey_.last_prose[i] < 0
            ? -1.0F
            : survey_.WordsIn(static_cast<size_t>(survey_.last_prose[i]) + 1, i));
    Put(survey_.WordsIn(i + 1, static_cast<size_t>(survey_.next_prose[i])));
    const uint64_t hash = page_.blocks[i].stats.hash;
    Put(static_cast<float>(std::min(survey_.copies.find(hash)->second.count, 9)));
    Put(survey_.copies.find(hash)->second.first != i);
  }

  void WriteWitness(size_t i) {
    const Witness::Likeness& like = likeness_[i];
    Put(like.of_block);
    Put(like.of_title);
    Put(like.description);
    Put(like.body);
    Put(survey_.headline_block < 0
            ? -99.0F
            : std::clamp(static_cast<float>(static_cast<int>(i) - survey_.headline_block), -98.0F,
                         400.0F));
    Put(survey_.headline_block < 0
            ? 0.0F
            : survey_.WordsIn(static_cast<size_t>(survey_.headline_block), i));
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
    Put(Ratio(survey_.WordsIn(from, i), static_cast<float>(i - from)));
    Put(Ratio(survey_.WordsIn(i + 1, to), static_cast<float>(to - i - 1)));
    Put(survey_.ProseIn(from, i));
    Put(survey_.ProseIn(i + 1, to));
  }

  void WriteBarriers(size_t i) {
    const int last = survey_.last_barrier[i];
    Put(survey_.barriers_before[i + 1] - survey_.barriers_before[i]);
    Put(survey_.barriers_before[i]);
    Put(survey_.barriers_before.back() - survey_.barriers_before[i + 1]);
    Put(last < 0 ? -1.0F : static_cast<float>(static_cast<int>(i) - last));
    Put(last < 0 ? -1.0F : survey_.WordsIn(static_cast<size_t>(last) + 1, i));
    Put(last < 0 ? -1.0F : Ratio(survey_.prose_before[static_cast<size_t>(last)], survey_.prose()));
  }

  void WriteRhythm(size_t i) {
    for (const float share : rhythm_.Around(i)) Put(share);
    for (const Rhythm::Counts& counts : rhythm_.CuesNear(i)) {
      Put(counts.before);
      Put(counts.after);
    }
  }

  void WritePage() {
    Put(survey_.words());
    Put(survey_.prose());
    Put(survey_.prose_blocks);
    Put(Ratio(survey_.prose(), survey_.prose_blocks));
    Put(static_cast<float>(page_.blocks.size()));
    Put(Ratio(survey_.link_words, survey_.words()));
    Put(Ratio(survey_.cjk, survey_.characters));
    Put(survey_.items);
    Put(survey_.headings);
    Put(survey_.articles);
    Put(article_marked_);
  }

  // How much the page's markup tells at all: roles are missing where it has none.
  void WriteMarkup() {
    Put(Ratio(survey_.named_words, survey_.words()));
    Put(Ratio(survey_.tagged_words, survey_.words()));
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
    const float prose = survey_.prose();
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
      Put(Ratio(node.child_prose, survey_.child_prose_max));
    }
    PutRelation(block, survey_.root_node);
    PutRelation(block, survey_.article_node);
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
    const PageSurvey::Group& group = survey_.groups[static_cast<size_t>(survey_.group_of[i])];
    Put(group.blocks);
    Put(Ratio(group.words, survey_.words()));
    Put(Ratio(group.words, group.blocks));
    Put(Ratio(group.links, group.words));
    Put(Ratio(group.sentences, group.blocks));
  }

  const Page& page_;
  const bool article_marked_;
  const PageSurvey survey_;
  Rhythm rhythm_;
  std::vector<Witness::Likeness> likeness_;  // By block.
  float* out_ = nullptr;
};

BlockFeatures::BlockFeatures(const Page& page, const Witness& witness, bool article_marked)
    : writer_(std::make_unique<Writer>(page, witness, article_marked)) {}

BlockFeatures::~BlockFeatures() = default;

size_t BlockFeatures::Write(size_t block, float* out) const {
  return writer_->WriteRow(block, out);
}

}  // namespace sluice::deboilerplate
