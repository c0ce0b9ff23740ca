// An icon with text beside it: one finding.
#pragma once

#include <QWidget>

#include "gui/widgets/icons.h"

class QVBoxLayout;

namespace imago::gui {

class NoteRow : public QWidget {
  Q_OBJECT

 public:
  enum class Kind { good, info, waiting, warning, error };

  /// Either of `title` and `text` may be empty; titles of warnings and errors are bold.
  NoteRow(Kind kind, const QString& title, const QString& text, QWidget* parent = nullptr);

  /// Where more can be put below the words.
  QVBoxLayout* words() const { return words_; }

 private:
  QVBoxLayout* words_;
};

/// Takes everything out of a column of widgets, and deletes it.
void emptyColumn(QVBoxLayout& column);

}  // namespace imago::gui
