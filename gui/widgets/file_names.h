// Names of files that are going to be written.
#pragma once

#include <QString>
#include <functional>

namespace imago::gui {

/// `text` as a part of a file's name: what some file systems refuse becomes "-".
QString fileNamePart(QString text);

/// `name` in `folder` where that is free; else the first of "a (2).png", "a (3).png"… that is.
QString freePath(const QString& folder, const QString& name,
                 const std::function<bool(const QString& path)>& taken);
/// Free is what the disk does not have.
QString freePath(const QString& folder, const QString& name);

/// The folder that somebody typed or pasted: "~/x", "file:///x" and relative ones too; empty: none.
QString typedFolder(const QString& text);

}  // namespace imago::gui
