// The part of the session that makes pictures of random numbers while a person moves sliders, with
// the newest weights of a run. It works on a thread of its own and answers by signals that carry
// values; failures are values too.
#pragma once

#include <QDateTime>
#include <QImage>
#include <QMetaType>
#include <QObject>
#include <QString>
#include <QStringList>
#include <atomic>
#include <memory>

#include "gui/session/worker_thread.h"

namespace imago::gui {

/// A picture between two samples, and between two labels.
struct LatentOrder {
  QString model;                  // the file of a generator
  QDateTime written;              // when: a file that was written anew is read anew
  QString device;                 // an index as Device::index; empty: the best
  quint64 first = 0, second = 1;  // seeds, as of `imago generate --seed`
  double share = 0;               // 0: the first; 1: the second
  int firstLabel = 0, secondLabel = 0;
  double labelShare = 0;
  double truncation = 1;  // share that is kept of the distance from the mean; 1: all
  bool operator==(const LatentOrder&) const = default;
};

/// What was made of it, and what can be asked of its network.
struct LatentPicture {
  LatentOrder order;
  QImage picture;  // null: see error
  QString error;
  QStringList labels;      // none: the network has none
  bool truncates = false;  // whether truncation is heeded
};

/// Lives where the widgets live.
class LatentSession : public QObject {
  Q_OBJECT

 public:
  explicit LatentSession(QObject* parent = nullptr);
  ~LatentSession() override;

  /// -> made. A later call takes the place of an earlier one that has not begun.
  void make(const LatentOrder& order);

 signals:
  void made(const imago::gui::LatentPicture& picture);

 private:
  struct Work;  // what the thread keeps from call to call

  std::unique_ptr<Work> work_;
  std::atomic<int> order_ = 0;  // number of the order that counts
  WorkerThread worker_;         // last: it ends before anything it uses
};

}  // namespace imago::gui
