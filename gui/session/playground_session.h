// The part of the session that plays: the class that talks to models/ for the Playground page. It
// works on a thread of its own and answers by signals that carry values; failures are signals too.
#pragma once

#include <QObject>
#include <atomic>
#include <memory>

#include "gui/session/playground_types.h"
#include "gui/session/worker_thread.h"

namespace imago::playground {
struct Recipe;
}

namespace imago::gui {

/// Lives where the widgets live; every function returns at once and is answered by signals. Each
/// session plays one run.
class PlaygroundSession : public QObject {
  Q_OBJECT

 public:
  explicit PlaygroundSession(QObject* parent = nullptr);
  ~PlaygroundSession() override;

  static const QList<PlayPreset>& presets();
  /// `settings` with what helps against this kind of trouble.
  static PlaySettings remedied(const QString& trouble, const PlaySettings& settings);

  /// An index as Device::index; empty: the best. For the next run.
  void setDevice(const QString& device);

  /// A new run, from new networks -> looked. Whatever asks for a run that was lost with its device
  /// repeats it first, on the device opened anew -> repeating; saving it needs no device.
  void start(const PlaySettings& settings);
  /// The run goes on with these -> looked, or failed and it goes on as it was.
  void change(const PlaySettings& settings);

  void setRunning(bool running);
  /// Iterations a second; 0: as many as there can be.
  void setSpeed(double stepsPerSecond);
  /// The next part of an iteration, the discriminator's or the generator's; pauses.
  void part();
  /// One iteration, or what is left of it; pauses.
  void step();
  /// Goes to one of PlayLook::moments; pauses.
  void goTo(int moment);

  /// -> saved. A small file by which the run can be repeated.
  void save(const QString& path);
  /// Repeats the run of a file up to where it was saved: repeating, then looked, or failed. Ends
  /// early, without a word, when another run is asked for.
  void open(const QString& path);

  /// The last look is on the screen: there may be another. Until then at most two are sent.
  void painted();

 signals:
  void looked(const imago::gui::PlayLook& look);
  /// Curves over the iterations: "D loss", "G loss", "D accuracy", "modes".
  void curvesMade(const QList<imago::gui::RunHistory::Curve>& curves);
  /// 0…1 of a run being repeated.
  void repeating(double fraction);
  /// The run of this file is there, as it was saved.
  void opened(const QString& path);
  void saved(const QString& path, const QString& error);
  void failed(const QString& text);
  /// The device cannot be opened, or was lost: the run pauses, and what it depends on is kept.
  void deviceFailed(const QString& reason);

 private:
  struct Work;  // the run; touched by the worker alone

  bool hasRun(int number);
  bool begin(const playground::Recipe& recipe, int number);
  void goOn();
  void turn();
  void pause();
  template <typename Job>
  void attempt(Job&& job, const QString& path = {});
  template <typename Play>
  void play(Play&& play);
  void tell(bool all);

  std::atomic<bool> closing_ = false, running_ = false, turning_ = false;
  std::atomic<double> speed_ = 4;
  std::atomic<int> unpainted_ = 0;
  std::atomic<int> asked_ = 0;  // runs asked for; a run that is being repeated ends for a newer one
  std::unique_ptr<Work> work_;
  WorkerThread worker_;  // declared last: it ends before anything it uses
};

}  // namespace imago::gui
