#include "gui/widgets/notify.h"

#ifdef IMAGO_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QVariantMap>
#endif

namespace imago::gui {

#ifdef IMAGO_DBUS

void notifyDesktop(const QString& title, const QString& text) {
  const QString service = "org.freedesktop.Notifications";
  QDBusMessage call =
      QDBusMessage::createMethodCall(service, "/org/freedesktop/Notifications", service, "Notify");
  constexpr uint kReplacesNone = 0;
  constexpr int kAsLongAsUsual = -1;
  // The text may have markup; names of files are none.
  call.setArguments({"Imago", kReplacesNone, "imago", title, text.toHtmlEscaped(), QStringList(),
                     QVariantMap{{"desktop-entry", "imago"}}, kAsLongAsUsual});
  QDBusConnection::sessionBus().send(call);  // without a session bus it does nothing
}

#else

void notifyDesktop(const QString&, const QString&) {}

#endif

}  // namespace imago::gui
