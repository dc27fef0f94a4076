#include "services/deboilerplate/gbdt.h"

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/model/html_first.inc"
#include "services/deboilerplate/model/html_second.inc"
#include "services/deboilerplate/model/text_first.inc"
#include "services/deboilerplate/model/text_second.inc"

}  // namespace

const BlockModels& ShippedModels() {
  static constexpr BlockModels kModels = {
      {kHtmlFirstNodes, kHtmlFirstRoots, kHtmlFirstColumns},
      {kHtmlSecondNodes, kHtmlSecondRoots, kHtmlSecondColumns},
      {kTextFirstNodes, kTextFirstRoots, kTextFirstColumns},
      {kTextSecondNodes, kTextSecondRoots, kTextSecondColumns},
  };
  return kModels;
}

}  // namespace sluice::deboilerplate
