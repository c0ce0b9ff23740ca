// What a run that makes pictures of random numbers has learned so far, under a person's hands:
// between two samples, between two labels, nearer to the mean.
#pragma once

#include <QWidget>

#include "gui/session/latent_session.h"

class QComboBox;
class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace imago::gui {

class LatentPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LatentPanel(QWidget* parent = nullptr);

  /// The generator that pictures are made with from now on, as it was written then; empty: none
  /// yet.
  void setModel(const QString& file, const QDateTime& written);
  /// An index as Device::index; empty: there is none.
  void setDevice(const QString& device);
  /// What is shown: the last picture that was made; null: none.
  QImage picture() const { return made_.picture; }
  /// Of what it was made.
  const LatentOrder& order() const { return made_.order; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  /// One of the two that pictures lie between.
  struct End {
    QSpinBox* seed;
    QToolButton* another;
    QComboBox* label;
  };

  End makeEnd(const QString& name, const QString& words, int seed);
  QSlider* makeSlider(const QString& name, const QString& words, const QString& help);
  LatentOrder wanted() const;
  void ask();
  void take(const LatentPicture& made);
  void showControls();
  void showWords();

  LatentSession session_;
  QString model_, device_;
  QDateTime written_;
  LatentOrder asked_;   // last
  LatentPicture made_;  // shown
  QWidget* view_;
  QLabel *nothing_, *words_, *truncationWords_;
  End first_, second_;
  QSlider *between_, *betweenLabels_, *truncation_;
};

}  // namespace imago::gui
