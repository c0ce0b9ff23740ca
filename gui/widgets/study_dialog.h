// The perceptual study of a model (models/measure/study.h): pairs of a real and a generated
// picture, each shown for a second, and the question which was the fake.
#pragma once

#include <QDialog>
#include <QTimer>

#include "gui/session/study_session.h"
#include "gui/widgets/dialogs.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace imago::gui {

class StudyDialog : public QDialog {
  Q_OBJECT

 public:
  /// `title`: what the model is called. `device`: an index; empty: the best.
  StudyDialog(const QString& model, const QString& title, const QString& device,
              const Dialogs& dialogs, QWidget* parent = nullptr);

  /// How long a picture is shown; 1000 but for tests.
  void setShownFor(int milliseconds) { timer_.setInterval(milliseconds); }
  /// Fewer trials, for tests.
  void setPlan(int practice, int trials) {
    request_.practice = practice;
    request_.trials = trials;
  }

 signals:
  /// Each time one is.
  void pictureShown(const QImage& picture);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  enum Page { kBegin, kTrial, kEnd };

  QWidget* makeBegin();
  QWidget* makeTrial();
  QWidget* makeEnd();
  QWidget* folderRow(const QString& text, QLineEdit*& line, const char* name);
  void updateBegin();
  void begin();
  void takeReady(const QString& problem);
  void showTrial();
  void showNext();
  void present(const QImage& picture, const QString& which);
  void answer(bool firstIsFake);
  void showEnd();

  StudyRequest request_;
  Dialogs dialogs_;
  StudySession session_;
  StudyTrial trial_;
  enum class Shown { first, second, question, feedback };
  Shown shown_ = Shown::first;
  QTimer timer_;
  QStackedWidget* pages_;
  QLineEdit *real_ = nullptr, *input_ = nullptr;
  QWidget* inputRow_;
  QProgressBar* progress_;
  QPushButton *start_, *first_, *second_;
  QLabel *problem_, *counter_, *picture_, *question_, *result_;
};

}  // namespace imago::gui
