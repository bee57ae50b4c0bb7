// A page on FusionAuth's Angular SDK, with the emulator as its hosted backend. The test writes `settings` into the page. Angular's compiler
// runs in the browser, because the SDK and this component are not compiled ahead.

import "@angular/compiler";
import { AsyncPipe } from "@angular/common";
import { Component, importProvidersFrom, inject } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { FusionAuthModule, FusionAuthService } from "@fusionauth/angular-sdk";

const Account = Component({
  selector: "#app",
  imports: [AsyncPipe],
  template: `
    @if (auth.isLoggedIn$ | async) {
      <p>Signed in as {{ (user | async)?.email }}</p>
      <button (click)="auth.logout()">Sign out</button>
    } @else {
      <button (click)="auth.startLogin('from the test')">Sign in</button>
    }
  `,
})(
  class {
    auth = inject(FusionAuthService);
    user = this.auth.getUserInfoObservable();
  },
);

const settings = { ...window.settings, shouldAutoRefresh: true };
await bootstrapApplication(Account, { providers: [importProvidersFrom(FusionAuthModule.forRoot(settings))] });
