// What a look at the chosen pictures found: what they are, what is wrong with them and how to mend
// it, and what a network would see of them.
#pragma once

#include <QWidget>

#include "gui/session/train_types.h"

class QLabel;
class QProgressBar;
class QVBoxLayout;

namespace imago::gui {

class DataPanel : public QWidget {
  Q_OBJECT

 public:
  explicit DataPanel(QWidget* parent = nullptr);

  void clear();
  /// What is looked at.
  void setMedium(Medium medium);
  void showProgress(double fraction);
  void showReport(const DataReportView& report);
  /// Everything it says, a line each.
  QString text() const { return text_; }

 private:
  void rebuild();
  QWidget* makeProblem(const DataProblemView& problem);
  QWidget* makeExamples();

  DataReportView report_;
  bool any_ = false;
  QString text_;
  QWidget* progress_;
  QLabel* looking_;
  QProgressBar* bar_;
  QVBoxLayout* content_;
};

}  // namespace imago::gui
