// The part of the session that translates what moves: a drawing under the pen. It works on threads
// of its own and answers by signals that carry values; failures are signals too.
#pragma once

#include <QObject>
#include <atomic>
#include <memory>

#include "gui/session/live_types.h"
#include "gui/session/worker_thread.h"

namespace imago {
class LiveTranslator;
class Translator;
struct LivePicture;
}  // namespace imago

namespace imago::gui {

/// Lives where the widgets live; every function returns at once and is answered by signals.
class LiveSession : public QObject {
  Q_OBJECT

 public:
  explicit LiveSession(QObject* parent = nullptr);
  /// Ends the picture under way soon, finishes saves that were asked for.
  ~LiveSession() override;

  /// From now on this model -> opened or failed. The picture shown last is made again with it.
  void use(const LiveSettings& settings);
  /// -> made, unless a newer one comes before its turn; once more, still, when nothing newer comes
  /// for a moment. Returns its number, from 1.
  quint64 show(const QImage& picture);
  /// A picture of the photo's edges, as the networks that paint drawings are trained on ->
  /// sketched. A later call takes the place of an earlier one that has not begun.
  void sketch(const SketchRequest& request);
  /// The drawing, and what the model makes of just this drawing -> saved. Files are whole or as
  /// they were.
  void save(const DrawingSave& request);

 signals:
  void opened(const QString& device);
  void made(const imago::gui::LiveView& view);
  void failed(const QString& reason);
  void sketched(const imago::gui::SketchedPhoto& photo);
  void saved(const imago::gui::DrawingSaved& outcome);

 private:
  void tell(const LivePicture& picture);
  void saveNow(Translator* translator, const DrawingSave& request);

  std::atomic<int> sketch_ = 0;  // number of the sketch that counts
  WorkerThread photos_;
  std::unique_ptr<LiveTranslator> live_;
};

}  // namespace imago::gui
