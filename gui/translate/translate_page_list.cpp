// The list of the last run of the program, opened again by the Translate page.
#include <QAction>
#include <algorithm>
#include <utility>

#include "gui/session/session.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/translate_page.h"
#include "gui/translate/translate_queue.h"
#include "gui/widgets/banner.h"

namespace imago::gui {

void TranslatePage::offerLastList() {
  lastList_ = PhotoListKeeper::remembered();
  actions_.lastList->setEnabled(!lastList_.isEmpty());
  if (lastList_.isEmpty()) return;
  const auto wanted = std::ranges::count_if(
      lastList_, [](const KeptPhoto& photo) { return photo.wanted.has_value(); });
  const qsizetype all = lastList_.size();
  QString text =
      all == 1 ? tr("Last time 1 photo was open") : tr("Last time %1 photos were open").arg(all);
  if (wanted > 0) text += tr(", of which %1 are still to be translated").arg(wanted);
  showBanner(Banner::Kind::info, text + ".", wanted > 0 ? tr("Go On with Them") : tr("Open Again"),
             [this] { openLastList(); });
}

void TranslatePage::openLastList() {
  const QList<KeptPhoto> list = std::exchange(lastList_, {});
  actions_.lastList->setEnabled(false);
  banner_->hide();
  int first = 0;
  QList<TranslateRequest> requests;
  for (const KeptPhoto& kept : list) {
    const qsizetype before = photos_->rowCount();
    const int id = photos_->addFile(kept.path);
    if (first == 0) first = id;
    if (photos_->rowCount() == before) continue;  // opened anew meanwhile
    photos_->edit(id, [&](Photo& photo) {
      for (Translation result : kept.results) {
        result.photo = id;
        photo.take(result);
      }
    });
    session_.readPhoto(photos_->find(id)->source());
    if (!kept.wanted) continue;
    requests.append(*kept.wanted);
    requests.last().source = photos_->find(id)->source();
  }
  if (first != 0) selectPhoto(first);
  if (!requests.isEmpty()) queue_->add(requests);
}

}  // namespace imago::gui
