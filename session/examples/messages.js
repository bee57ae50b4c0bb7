// The texts of both examples for the outcomes of a sign-in.

/** @param {import("fusionauth-session").SignInOutcome | import("fusionauth-session").SendCodeOutcome} result */
export const messageOf = (result) => {
  switch (result.outcome) {
    case "signed-in":
    case "two-factor-required":
      return "";
    case "sent":
      return "We sent you a code.";
    case "invalid-credentials":
      return "The email or password is wrong.";
    case "invalid-code":
      return "The code is wrong.";
    case "two-factor-expired":
      return "That took too long. Enter your password again.";
    case "password-change-required":
      return "You must change your password first.";
    case "email-not-verified":
    case "registration-not-verified":
      return "Confirm your email address first. Check your inbox.";
    case "not-registered":
      return "You have no account for this application.";
    case "prevented":
      return result.until ? `Try again after ${result.until.toLocaleTimeString()}.` : "You can't sign in at the moment.";
    case "account-expired":
    case "locked":
      return "This account can't be used.";
    case "misconfigured":
      return "This application is set up wrongly. Please tell us.";
    case "unavailable":
    case "no-answer":
      return "Signing in did not work. Try again in a moment.";
  }
};
