// A column of tools that is scrolled where it is higher than its place.
#pragma once

#include <QScrollArea>
#include <functional>

namespace imago::gui {

class Section;

/// Nothing in it moves when a section opens or closes, but what stands below that: it is as wide
/// with a scroll bar as without, and what is scrolled down stays where it is.
class ToolScroll : public QScrollArea {
  Q_OBJECT

 public:
  explicit ToolScroll(QWidget* parent = nullptr);

  /// A widget with a layout. Its parts get the height they ask for.
  void setContent(QWidget* content);
  /// Of the content.
  void follow(Section* section);
  /// Called with the height of the place whenever it changes; may change what the content asks for.
  void setFit(std::function<void(int height)> fit) { fit_ = std::move(fit); }

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  class Column;

  void settle();

  Column* column_ = nullptr;
  std::function<void(int)> fit_;
};

}  // namespace imago::gui
