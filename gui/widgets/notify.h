// Telling somebody who is elsewhere that something has ended.
#pragma once

#include <QString>

namespace imago::gui {

/// Asks the desktop to show a notification (org.freedesktop.Notifications, version 1.2) and returns
/// at once. Nothing happens where there is no such service, or where the program was built without
/// D-Bus.
void notifyDesktop(const QString& title, const QString& text);

}  // namespace imago::gui
