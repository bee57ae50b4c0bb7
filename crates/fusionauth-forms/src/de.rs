//! The German texts, each next to its English text. Arguments replace each `{}`, in the same order in both languages.
//!
//! The texts address the reader as "du". A program that loads its texts in portions may load each list by itself.

use crate::List;

/// The texts of the sign-in form, with its errors, and of the session's end.
#[rustfmt::skip]
pub const SIGN_IN_FORM: List = &[
    ("The email or password is not correct.", "E-Mail oder Passwort stimmt nicht."),
    ("Check both and try again.", "Prüfe beides und versuche es noch einmal."),
    ("That code is not correct.", "Dieser Code stimmt nicht."),
    ("Codes change every 30 seconds. Enter the current one.", "Codes ändern sich alle 30 Sekunden. Gib den ein, der jetzt angezeigt wird."),
    ("You ran out of time to enter the code.", "Die Zeit für den Code ist abgelaufen."),
    ("Enter your password again to start over.", "Gib dein Passwort noch einmal ein, dann hast du einen neuen Versuch."),
    ("Sign-in is blocked for now.", "Die Anmeldung ist vorerst gesperrt."),
    ("Wait a few minutes, then try again.", "Warte ein paar Minuten und versuche es dann noch einmal."),
    ("Too many attempts.", "Das waren zu viele Versuche."),
    ("Wait a minute, then try again.", "Warte eine Minute und versuche es dann noch einmal."),
    ("This account has expired.", "Dieses Konto ist abgelaufen."),
    ("Only our team can reopen it.", "Nur unser Team kann es wieder öffnen."),
    ("This account is locked.", "Dieses Konto ist gesperrt."),
    ("Only our team can unlock it.", "Nur unser Team kann es entsperren."),
    ("Sign-in is not set up correctly on this site.", "Die Anmeldung ist auf dieser Seite nicht richtig eingerichtet."),
    ("You signed out on every device, but the sign-in service hasn't confirmed it yet.", "Du hast dich auf allen Geräten abgemeldet, und der Anmeldedienst hat das noch nicht bestätigt."),
    ("The sign-in service isn't responding right now.", "Der Anmeldedienst antwortet gerade nicht."),
    ("Nothing was lost. Try again in a moment.", "Nichts ging verloren. Versuche es gleich noch einmal."),
    ("We couldn't reach the sign-in service.", "Der Anmeldedienst war nicht erreichbar."),
    ("Nothing was lost. Check your connection and try again.", "Nichts ging verloren. Prüfe deine Verbindung und versuche es noch einmal."),
    ("Your email and password are not the problem. For the site's developers: FusionAuth asks for an API key (401). Turn off requireAuthentication in the application's login settings.", "Es liegt nicht an E-Mail oder Passwort. Für die Entwickler der Seite: FusionAuth verlangt einen API-Schlüssel (401); schaltet requireAuthentication in den Anmeldeeinstellungen der Anwendung aus."),
    ("Your email and password are not the problem. For the site's developers: FusionAuth rejected the request (400). Check the application ID.", "Es liegt nicht an E-Mail oder Passwort. Für die Entwickler der Seite: FusionAuth konnte die Anfrage nicht verwenden (400); prüft die ID der Anwendung."),
    ("Your email and password are not the problem. For the site's developers: the access token is for another application.", "Es liegt nicht an E-Mail oder Passwort. Für die Entwickler der Seite: Das Access-Token gehört zu einer anderen Anwendung."),
    ("Your email and password are not the problem. For the site's developers: see the server's log for the cause.", "Es liegt nicht an E-Mail oder Passwort. Für die Entwickler der Seite: Was fehlt, steht im Protokoll des Servers."),
    ("Enter your email address", "Gib deine E-Mail-Adresse ein"),
    ("Enter your password", "Gib dein Passwort ein"),
    ("Enter your code", "Gib deinen Code ein"),
    ("You are signed out.", "Du bist abgemeldet."),
    ("Your session has ended. Sign in to pick up where you left off.", "Deine Sitzung ist zu Ende. Melde dich an, dann geht es dort weiter, wo du warst."),
    ("Another sign-in in this browser signed you out. Sign in to pick up where you left off.", "Du wurdest abgemeldet, weil sich in diesem Browser noch jemand angemeldet hat. Melde dich an, dann geht es dort weiter, wo du warst."),
    ("Sign in", "Anmelden"),
    ("Confirm your email address", "Bestätige deine E-Mail-Adresse"),
    ("Confirm your registration", "Bestätige deine Registrierung"),
    ("Try again", "Noch einmal versuchen"),
    ("Signing in…", "Anmeldung läuft …"),
    ("Hide password", "Passwort verbergen"),
    ("Show password", "Passwort anzeigen"),
    ("Hide", "Verbergen"),
    ("Show", "Anzeigen"),
    ("Your password is visible.", "Dein Passwort ist sichtbar."),
    ("Your password is hidden.", "Dein Passwort ist verborgen."),
    ("There is a problem", "Es gibt ein Problem"),
    ("Error: ", "Fehler: "),
    ("Keep me signed in", "Angemeldet bleiben"),
];

/// The texts of all other forms and pages.
#[rustfmt::skip]
pub const OTHER_FORMS: List = &[
    ("Not registered yet", "Noch nicht registriert"),
    ("Change your password", "Ändere dein Passwort"),
    ("Your email and password are correct, but this account is not registered for this site.", "E-Mail und Passwort stimmen, aber dieses Konto ist für diese Seite nicht registriert."),
    ("Only our team can give you access. You can also use another account.", "Nur unser Team kann es freischalten. Du kannst auch ein anderes Konto verwenden."),
    ("Your password appeared in a data breach. Change it before you sign in.", "Dein Passwort ist aus einem Datenleck bekannt. Ändere es, bevor du dich anmeldest."),
    ("Your password has expired. Change it before you sign in.", "Dein Passwort ist abgelaufen. Ändere es, bevor du dich anmeldest."),
    ("Your password no longer meets our rules. Change it before you sign in.", "Dein Passwort entspricht nicht mehr den Regeln. Ändere es, bevor du dich anmeldest."),
    ("You need to change your password before you sign in.", "Dein Passwort muss geändert werden, bevor du dich anmelden kannst."),
    ("Use the reset link we sent you, or request a new one with “Forgot your password?”. Then sign in with your new password.", "Verwende den Link aus unserer Nachricht, oder fordere mit „Passwort vergessen?“ einen neuen an. Melde dich dann mit dem neuen Passwort an."),
    ("Your password is correct, but you haven't confirmed your email address yet.", "Dein Passwort stimmt, aber deine E-Mail-Adresse ist noch nicht bestätigt."),
    ("Open the link in the email we sent you, then sign in again.", "Öffne den Link in unserer Nachricht und melde dich dann noch einmal an."),
    ("Your password is correct, but you haven't confirmed your registration for this site yet.", "Dein Passwort stimmt, aber deine Registrierung für diese Seite ist noch nicht bestätigt."),
];
